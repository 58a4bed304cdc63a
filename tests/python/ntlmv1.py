"""A device that speaks NTLMv1 only, with the right password, again and again; then somebody who can do better."""
import functools
import sys

from impacket import ntlm
from impacket.smbconnection import SMBConnection, SessionError

port, _, password = sys.argv[1:4]
modern = ntlm.getNTLMSSPType1, ntlm.getNTLMSSPType3


def connect(user, secret):
    connection = SMBConnection("127.0.0.1", "127.0.0.1", sess_port=int(port))
    connection.login(user, secret, ntlmFallback=False)
    connection.close()


ntlm.getNTLMSSPType1, ntlm.getNTLMSSPType3 = (functools.partial(step, use_ntlmv2=False) for step in modern)
for _ in range(10):
    try:
        connect("alice", password)
        raise SystemExit("NTLMv1 was taken")
    except SessionError as error:
        assert error.getErrorCode() == 0xC000006D, error
ntlm.getNTLMSSPType1, ntlm.getNTLMSSPType3 = modern
connect("alice", password)
