"""Reads DSSE envelopes, one a line, and answers each with null or why it is refused.

The arguments are public keys: ID=HEX.
"""

import base64
import json
import sys

from securesystemslib.signer import Signature, SSlibKey

keys = dict(argument.rsplit("=", 1) for argument in sys.argv[1:])
for line in sys.stdin:
    try:
        envelope = json.loads(line)
        kind, payload = envelope["payloadType"], base64.b64decode(envelope["payload"], validate=True)
        signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind.encode(), len(payload), payload)
        [signature] = envelope["signatures"]
        key = SSlibKey(signature["keyid"], "ed25519", "ed25519", {"public": keys[signature["keyid"]]})
        sig = base64.b64decode(signature["sig"], validate=True).hex()
        key.verify_signature(Signature(signature["keyid"], sig), signed)
        answer = None
    except Exception as refused:  # whatever is raised is a refusal
        answer = repr(refused)
    print(json.dumps(answer), flush=True)
