"""Which URLs and addresses may be the target of a push: hostile spellings, all refused."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.addresses import (
    PUBLIC_PORTS,
    ForbiddenTarget,
    check_address,
    check_url,
    is_public,
    parse_networks,
)

LOOPBACK = parse_networks(["127.0.0.0/8", "::1/128"])

HOSTS = """
127.0.0.1 127.0.0.53 127.1 127.0.1 127 2130706433 017700000001 0177.0.0.1 0177.0.0.01 0x7f000001
0x7f.0.0.1 0x7F.0x0.0x0.0x1 0x7f.1 127.0.0.0x1 127.000.000.001 127.0.0.1. 127.0.0.1.. .127.0.0.1
127..1 0 0.0.0.0 00.0.0.0 0x0 10.0.0.1 10.1 0xa000001 012.0.0.1 100.64.0.1 100.127.255.254
169.254.169.254 2852039166 0xa9fea9fe 0251.0376.0251.0376 169.254.43518 168.63.129.16 172.16.0.1
172.31.255.255 192.168.1.1 192.168.257 3232235777 192.0.0.170 192.0.2.1 198.18.0.1 198.51.100.7
203.0.113.9 192.88.99.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 256.1.1.1 1.2.3.4.5
4294967296 -1 1e3 [::1] [::] [0:0:0:0:0:0:0:1] [0000::0001] [::ffff:127.0.0.1] [::ffff:7f00:1]
[::FFFF:169.254.169.254] [::ffff:0:127.0.0.1] [::127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::a00:1]
[64:ff9b:1::1] [2002:7f00:1::] [2002:a00:1::1] [2001::1] [2001:0:7f00:1::] [2001:10::1] [2001:2::1]
[2001:20::1] [2001:db8::1] [3fff::1] [5f00::1] [100::1] [fc00::1] [fd00:ec2::254] [fe80::1]
[fe80::1%25eth0] [fe80::1%eth0] [fec0::1] [ff02::1] [ff0e::1] [2606:4700::1%25lo] [::1%25lo]
[127.0.0.1] [8.8.8.8] [v1.::1] [] [::1 ::1] [:::] [1::2::3] [2001:db8::1]] localhost LOCALHOST
LocalHost localhost.
foo.localhost localhost.localdomain router.local vault.internal metadata.google.internal
printer.lan nas.home.arpa intranet a ①②⑦.⓪.⓪.① １２７.0.0.1 127。0。0。1 127．0．0．1 ⓛocalhost
loc\u00adalhost examp\u200dle.be é.example.be %6c%6fcalhost 127%2e0%2e0%2e1 example.be%00.evil.be
example.be. example..be .example.be -a.example.be a-.example.be a_b.example.be example.1
example.0x7f
"""
HOSTILE_HOSTS = HOSTS.split()

HOSTILE_URLS = [
    "",
    "   ",
    "example.be",
    "//example.be/",
    "http://example.be/",
    "HTTP://example.be/",
    "http://example.be:443/",
    "http://8.8.8.8/",
    "ftp://example.be/",
    "file:///etc/passwd",
    "gopher://example.be/",
    "javascript:alert(1)",
    "https:example.be",
    "https:/example.be/",
    "https:///example.be/",
    "https:\\\\example.be\\",
    "https://",
    "https:///",
    "https://:443/",
    "https://?x",
    "https://user@example.be/",
    "https://user:password@example.be/",
    "https://@example.be/",
    "https://example.be@127.0.0.1/",
    "https://example.be%40127.0.0.1/",
    "https://127.0.0.1\\@example.be/",
    "https://example.be\\@127.0.0.1/",
    "https://example.be#@127.0.0.1/",
    "https://example.be/#fragment",
    "https://127.0.0.1#.example.be/",
    "https://127.0.0.1\t.example.be/",
    "https://exam\nple.be/",
    "https://example.be/\r\nX-Injected: 1",
    "https://example.be/ HTTP/1.1",
    "https://example.be/\x00",
    "https://example.be/é",
    "https://example.be/\\..\\",
    " https://example.be/",
    "https://example.be/\n",
    "https://example.be:/",
    "https://example.be:0/",
    "https://example.be:0443/",
    "https://example.be:+443/",
    "https://example.be:４４３/",
    "https://example.be:443:443/",
    "https://example.be:22/",
    "https://example.be:25/",
    "https://example.be:80/",
    "https://example.be:6379/",
    "https://example.be:5432/",
    "https://example.be:65536/",
    "https://example.be:99999999/",
    "https://8.8.8.8:8080/",
    "https://[::1/",
    "https://::1/",
    "https://" + "a" * 64 + ".be/",
    "https://" + "a." * 127 + "be/",
    "https://example.be/" + "a" * 2048,
]

ADDRESSES = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.255
168.63.129.16 169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1
192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1 192.175.48.1 198.18.0.1 198.19.255.255
198.51.100.1 203.0.113.1 224.0.0.1 239.1.2.3 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::ffff:8.8.8.8 ::ffff:10.0.0.1 ::ffff:0:8.8.8.8 64:ff9b::8.8.8.8 64:ff9b:1::1
100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:db8::1
2002::1 2002:808:808::1 2620:4f:8000::1 3fff::1 3fff:fff::1 4000::1 5f00::1 fc00::1 fd00:ec2::254
fe80::1 fe80::1%eth0 2606:4700::1%eth0 fec0::1 ff02::1 ff0e::1 not-an-address 127.1
"""
FORBIDDEN_ADDRESSES = ADDRESSES.split()


def test_there_are_well_over_sixty_hostile_spellings():
    assert len({*HOSTILE_HOSTS, *HOSTILE_URLS}) > 150


@pytest.mark.parametrize("host", HOSTILE_HOSTS)
def test_a_hostile_host_is_refused(host):
    for url in (f"https://{host}/hook", f"https://{host}:8443/hook", f"https://{host}"):
        with pytest.raises(ForbiddenTarget):
            check_url(url)


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_a_hostile_url_is_refused(url):
    with pytest.raises(ForbiddenTarget) as caught:
        check_url(url)
    assert caught.value.field_name == "endpoint"


@pytest.mark.parametrize("address", FORBIDDEN_ADDRESSES)
def test_a_forbidden_address_is_refused(address):
    with pytest.raises(ForbiddenTarget):
        check_address(address, port=443)
    with pytest.raises(ForbiddenTarget):
        check_address(address, port=443, allowed_networks=parse_networks(["192.168.77.0/24"]))


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1"]
    + ["192.0.1.1", "193.191.245.244", "223.255.255.255", "2606:4700:4700::1111", "2a00:1450::1"]
    + ["2001:200::1", "2001:4860:4860::8888"],
)
def test_a_public_address_is_accepted_on_public_ports_only(address):
    for port in PUBLIC_PORTS:
        assert check_address(address, port=port) == ip_address(address)
    for port in (22, 80, 1024, 8080):
        with pytest.raises(ForbiddenTarget):
            check_address(address, port=port, allowed_networks=LOOPBACK)


@given(st.ip_addresses())
def test_nothing_that_the_standard_library_calls_special_is_public(address):
    if is_public(address):
        special = (
            *(address.is_private, address.is_loopback, address.is_link_local),
            *(address.is_multicast, address.is_reserved, address.is_unspecified),
        )
        assert not any(special)


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://example.be", "https://example.be:443/"),
        ("HTTPS://Hooks.Example.BE/Path", "https://hooks.example.be:443/Path"),
        ("https://example.be?a=b", "https://example.be:443/?a=b"),
        ("https://example.be:8443/a%20b?c=d&e=%2F", "https://example.be:8443/a%20b?c=d&e=%2F"),
        ("https://xn--caf-dma.be/", "https://xn--caf-dma.be:443/"),
        ("https://10gbps.example.be/", "https://10gbps.example.be:443/"),
        ("https://127.0.0.1.example.be/", "https://127.0.0.1.example.be:443/"),
        ("https://8.8.8.8/", "https://8.8.8.8:443/"),
        ("https://[2606:4700:0:0::1111]/", "https://[2606:4700::1111]:443/"),
    ],
)
def test_a_good_url_is_accepted_and_written_in_one_way(url, written):
    target = check_url(url)
    assert target.url == written
    assert check_url(target.url) == target


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/hook", "http://127.0.0.1/", "http://[::1]:8000/", "https://127.8.9.1:1/"]
    + ["http://localhost:8080/hooks/a", "http://sink:80/", "https://example.be/"]
    + ["http://127.0.0.1:8443/"],
)
def test_allowed_networks_open_http_any_port_and_short_names(url):
    target = check_url(url, allowed_networks=LOOPBACK)
    assert target.scheme == url.split(":")[0]


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.1:9/", "http://8.8.8.8/", "http://8.8.8.8:8080/", "https://8.8.8.8:8080/"]
    + ["http://[::ffff:127.0.0.1]/", "http://2130706433/", "http://127.1/", "http://0x7f.0.0.1/"]
    + ["http://user@127.0.0.1/", "http://127.0.0.1./", "http://localhost:443/", "http://0.0.0.0/"],
)
def test_allowed_networks_open_nothing_else(url):
    with pytest.raises(ForbiddenTarget):
        check_url(url, allowed_networks=LOOPBACK)


def test_an_allowed_network_covers_its_own_addresses_only():
    assert check_address("127.0.0.1", port=9, allowed_networks=LOOPBACK) == ip_address("127.0.0.1")
    for address in ("10.0.0.1", "::ffff:127.0.0.1", "::2", "1.1.1.1"):
        with pytest.raises(ForbiddenTarget):
            check_address(address, port=9, allowed_networks=LOOPBACK)


def test_a_mistaken_allow_list_is_not_read_as_something_else():
    with pytest.raises(ValueError, match="host bits set"):
        parse_networks(["127.0.0.1/8"])
