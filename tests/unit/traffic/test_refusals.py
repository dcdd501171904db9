"""What cannot be done is refused in one sentence, before anything is touched."""

import pytest

from paas.errors import ConfigError, Conflict, Forbidden, NotFound, Refused
from tests.unit.traffic.fake_aws import refusal
from tests.unit.traffic.scenes import LISTENERS, Scene


@pytest.fixture
def untouched(scene):
    """The scene, in which nothing may be written."""
    before = scene.sides()
    yield scene
    assert scene.aws.writes == []
    assert scene.sides() == before


def test_a_tag_that_matches_nothing(untouched):
    for each in untouched.aws.instances.values():
        if each["tags"]["KubernetesCluster"] == "paasB":
            each["tags"]["KubernetesCluster"] = "paas-b"
    with pytest.raises(Refused, match="no running server of paasB by tags KubernetesCluster=paasB, role=ingress"):
        untouched.cutover("paasB")


def test_stopped_servers_count_for_nothing(untouched):
    for server in untouched.b:
        untouched.aws.instances[server]["state"] = "stopped"
    with pytest.raises(Refused, match="no running server of paasB"):
        untouched.stage("paasB")


def test_a_server_in_both_clusters(untouched):
    servers = {"paasA": {"instance_ids": ["i-a1", "i-b1"]}, "paasB": {"tags": {"KubernetesCluster": "paasB"}}}
    if untouched.kind == "weighted":
        servers = {cluster: {**found, "target_group": f"ingress-{cluster}"} for cluster, found in servers.items()}
    roles = untouched._config()["roles"]
    roles["ingress"]["servers"] = servers
    untouched.settings = Scene(untouched.kind, roles=roles).settings
    with pytest.raises(Refused, match="i-b1 would be in both paasA and paasB"):
        untouched.cutover("paasB")


def test_a_classic_load_balancer_that_is_missing():
    scene = Scene("classic")
    del scene.aws.pools["ingress-prelive"]
    with pytest.raises(ConfigError, match=r"traffic\.prd\.roles\.ingress\.prelive\.classic.*'ingress-prelive' is not"):
        scene.cutover("paasB")
    assert scene.aws.writes == []


def test_a_target_group_that_is_missing():
    scene = Scene("target_group").unwatched()
    del scene.aws.pools[scene.pool["live"]]
    with pytest.raises(ConfigError, match=r"live\.target_group.*there is no target group 'ingress-live'"):
        scene.cutover("paasB")
    assert scene.aws.writes == []


def test_a_listener_that_is_missing():
    scene = Scene("weighted").unwatched()
    del scene.aws.listeners[LISTENERS["live"]]
    with pytest.raises(ConfigError, match=r"roles\.ingress\.live\.listener.*there is no listener"):
        scene.cutover("paasB")
    assert scene.aws.writes == []


def test_a_listener_that_does_not_forward():
    scene = Scene("weighted")
    scene.aws.listeners[LISTENERS["prelive"]] = [{"Type": "fixed-response"}]
    with pytest.raises(ConfigError, match="does not forward"):
        scene.stage("paasB")
    assert scene.aws.writes == []


def test_a_forward_to_a_target_group_of_neither_cluster():
    scene = Scene("weighted").unwatched()
    scene.aws.listeners[LISTENERS["live"]] = [{"Type": "forward", "TargetGroupArn": "arn:other"}]
    with pytest.raises(Refused, match="arn:other, which is no cluster's target group"):
        scene.cutover("paasB")
    assert scene.aws.writes == []


def test_a_target_group_that_holds_a_server_of_the_other_cluster():
    scene = Scene("weighted")
    scene.aws.put_behind(scene.pool["paasB"], "i-a1")
    with pytest.raises(Refused, match="i-a1 of paasA is in paasB's target group ingress-paasB"):
        scene.cutover("paasB")
    assert scene.aws.writes == []


def test_target_groups_of_addresses_are_not_for_instances(monkeypatch):
    scene = Scene("target_group")
    describe = scene.aws._describe_target_groups
    monkeypatch.setattr(
        scene.aws,
        "_describe_target_groups",
        lambda **by: {"TargetGroups": [{**each, "TargetType": "ip"} for each in describe(**by)["TargetGroups"]]},
        raising=False,
    )
    with pytest.raises(ConfigError, match="targets of type ip"):
        scene.cutover("paasB")


def test_a_healthy_stranger_behind_live(untouched):
    pool = untouched.pool["live" if untouched.kind != "weighted" else "paasA"]
    untouched.aws.launch("i-x")
    untouched.aws.put_behind(pool, "i-x")
    with pytest.raises(Refused, match="live has i-x, which belongs to neither cluster"):
        untouched.cutover("paasB")
    untouched.aws.pools[pool].pop("i-x")


def test_a_stranger_that_is_dead_is_left_alone():
    scene = Scene("classic")
    scene.aws.put_behind("ingress-live", "i-gone")  # terminated: AWS lists it for a while
    scene.cutover("paasB")
    assert scene.behind("live") == {*scene.b, "i-gone"}


def test_an_autoscaling_group_that_is_not_there(untouched):
    if untouched.kind == "weighted":
        untouched.cutover("paasB", dry_run=True)
        return
    roles = untouched._config()["roles"]
    roles["ingress"]["servers"] = {"paasB": {"autoscaling_groups": ["kubernetes-ingress-prd-b"]}}
    untouched.settings = Scene(untouched.kind, roles=roles).settings
    with pytest.raises(ConfigError, match=r"servers\.paasB\.autoscaling_groups.*'kubernetes-ingress-prd-b'"):
        untouched.cutover("paasB")


def test_an_instance_that_is_not_there():
    roles = Scene("classic")._config()["roles"]
    roles["ingress"]["servers"] = {"paasB": {"instance_ids": ["i-b1", "i-typo"]}}
    scene = Scene("classic", roles=roles)
    with pytest.raises(ConfigError, match="there is no instance 'i-typo'"):
        scene.cutover("paasB")


def test_more_healthy_servers_asked_for_than_there_are(untouched):
    with pytest.raises(Refused, match="paasB has 3 servers, and min_healthy asks for 4"):
        untouched.cutover("paasB", min_healthy="4")


def test_the_live_cluster_cannot_be_staged(untouched):
    with pytest.raises(Refused, match="paasA is live in role ingress; only the other cluster, paasB, can be staged"):
        untouched.stage("paasA")


def test_nothing_to_switch_back(untouched):
    with pytest.raises(Refused, match=r"s3://state/paas/traffic\.json knows of no cutover"):
        untouched.switch_back()


def test_a_bucket_that_is_missing(untouched):
    untouched.aws.buckets.clear()
    with pytest.raises(NotFound, match="NoSuchBucket"):
        untouched.cutover("paasB")


def test_a_journal_that_this_version_does_not_read(untouched):
    untouched.aws.objects["state", "paas/traffic.json"] = (b'{"format": 99}', '"x"', 0.0)
    with pytest.raises(Refused, match="no journal that this version reads"):
        untouched.cutover("paasB")


def test_a_plan_that_is_no_longer_what_would_be_done(scene):
    shown = scene.cutover("paasB", dry_run=True)["plan"]
    scene.aws.launch("i-b4", KubernetesCluster="paasB", role="ingress")
    with pytest.raises(Refused, match=f"plan {shown} is not what would be done now"):
        scene.cutover("paasB", plan=shown)
    assert scene.aws.writes == []


def test_what_aws_denies_while_nothing_is_done_yet_leaves_nothing_behind(scene):
    def deny(service, operation, request):
        if operation == "put_object":
            raise refusal(Forbidden, "s3", "AccessDenied: no", 403)

    scene.aws.before.append(deny)
    with pytest.raises(Forbidden, match="AccessDenied"):
        scene.cutover("paasB")
    assert scene.sides() == (scene.a, scene.b)


def test_a_conflict_in_s3_that_is_nobodys_is_no_lock(scene):
    def conflict(service, operation, request):
        if operation == "put_object":
            raise refusal(Conflict, "s3", "PreconditionFailed", 412)

    scene.aws.before.append(conflict)
    with pytest.raises(Refused, match="written by somebody else meanwhile"):
        scene.cutover("paasB")
    assert scene.sides() == (scene.a, scene.b)
