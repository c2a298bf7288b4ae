"""Where an API key may be used from: addresses and networks, as text separated by spaces or commas."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from mypay.kit.errors import ValidationError

_MOST = 20


def read_addresses(text: str) -> str:
    """The list as it is kept, each once; raises ValidationError naming the one that is no address."""
    given = text.replace(",", " ").split()
    if len(given) > _MOST:
        raise ValidationError(f"List at most {_MOST} addresses", field="allowed_ips")
    kept = []
    for part in given:
        try:
            network = ip_network(part, strict=False)
        except ValueError:
            raise ValidationError(f"{part[:50]} is neither an address nor a network like 203.0.113.0/24", field="allowed_ips") from None
        kept.append(str(network.network_address) if network.num_addresses == 1 else str(network))
    return " ".join(dict.fromkeys(kept))


def allows(allowed: str, address: str) -> bool:
    """Whether the list, as `read_addresses` made it, has the address."""
    try:
        caller = ip_address(address)
    except ValueError:
        return False
    caller = getattr(caller, "ipv4_mapped", None) or caller
    return any(caller in network for network in _networks(allowed))


@lru_cache(maxsize=1000)
def _networks(allowed: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(part) for part in allowed.split())
