"""What is sent, and what is refused before it is."""

import pytest

from paas.consul.transport import Transport
from paas.errors import ConfigError
from paas.settings import ConsulSettings


@pytest.mark.parametrize("token", ["planted\nX-Other: 1", "planted\r", "plänted"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(token):
    with pytest.raises(ConfigError, match=r"consul\.one\.token") as refused:
        Transport(ConsulSettings(name="one", address="http://127.0.0.1:1"), token)
    assert token not in str(refused.value)
    assert "nted" not in str(refused.value)
