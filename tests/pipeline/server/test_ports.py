import socket

import psutil
import pytest

from pipeline.errors import ConfigError, ServerError
from pipeline.server import ports
from pipeline.server.ports import Ports, choose_ports, free_port, is_free, is_listening


@pytest.fixture
def taken():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_not_free_and_its_listener_is_known(taken):
    assert not is_free(taken)
    assert is_listening(psutil.Process(), taken)
    assert not is_listening(psutil.Process(), free_port())


def test_the_usual_ports_are_taken_when_they_are_free(monkeypatch):
    usual = Ports(free_port(), free_port())
    monkeypatch.setattr(ports, "PREFERRED", usual)
    assert choose_ports(None, None, None) == usual


def test_another_free_port_is_found_when_the_usual_one_is_taken(monkeypatch, taken):
    monkeypatch.setattr(ports, "PREFERRED", Ports(taken, free_port()))
    chosen = choose_ports(None, None, None)
    assert chosen.bolt != taken
    assert is_free(chosen.bolt)


def test_remembered_ports_come_before_the_usual_ones():
    remembered = Ports(free_port(), free_port())
    assert choose_ports(remembered, None, None) == remembered


def test_a_remembered_port_that_is_taken_is_named_with_the_way_out(taken):
    with pytest.raises(ServerError, match=rf"Bolt port {taken}.* --bolt-port N --http-port M"):
        choose_ports(Ports(taken, free_port()), None, None)


def test_a_port_asked_for_that_is_taken_is_named(taken):
    with pytest.raises(ServerError, match=f"HTTP port {taken} is taken"):
        choose_ports(None, free_port(), taken)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_no_port_number_is_wrong_use(port):
    with pytest.raises(ConfigError, match="--bolt-port"):
        choose_ports(None, port, None)


def test_one_port_cannot_serve_both():
    port = free_port()
    with pytest.raises(ConfigError, match=str(port)):
        choose_ports(None, port, port)
