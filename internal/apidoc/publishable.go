package apidoc

// publishableMembers are the members of the explanation whether publishers get a version,
// and of the signed statements about it.
func publishableMembers() map[string]*schema {
	return map[string]*schema{
		"payloadType":                 described("The type of the statement: `application/vnd.in-toto+json`."),
		"payload":                     {Description: "The statement, in base64. Its bytes are signed.", ContentEncoding: "base64"},
		"signatures":                  described("One signature, over the pre-authentication encoding of DSSE."),
		"keyid":                       described("The id of the key, which is in `keys.json`."),
		"sig":                         {Description: "The Ed25519 signature, in base64.", ContentEncoding: "base64"},
		"keys":                        described("The public keys, the current one first."),
		"kty":                         described("The type of the key: `OKP`."),
		"crv":                         described("The curve: `Ed25519`."),
		"x":                           described("The public key, in base64url without padding."),
		"kid":                         described("The id of the key: its JWK thumbprint (RFC 7638), in hexadecimal digits."),
		"use":                         described("The use of the key: `sig`."),
		"alg":                         described("The algorithm: `EdDSA`."),
		"publishable":                 described("Whether publishers get the version: it is in force."),
		"Publishability.version":      numberOrNull("The number of the version, or null if none is in force and none was named."),
		"Publishability.sha256":       described("SHA-256 of the content of the version."),
		"because":                     described("The approvals that brought the version into force, oldest first. If it is not in force, those that count now. Of an approval that a rollback carried over, it has those of the version that it came from."),
		"Publishability.policy":       nullable("PolicyRules", "What the policy demands of an approval; null if the host's policy does not tell."),
		"missing":                     described("What must be done until publishers get the content, in the order in which it can be done."),
		"Publishability.withdrawn_by": nullable("Review", "The review that withdrew the approval of the version or, if `version` is null, of the version that was in force last; null if there is none among the newest 1,000 decisions on the asset."),
		"who":                         described("Who can do it."),
		"how":                         described("What to do; null: nothing can be done, since the content was erased. For `overtaken` it may say that nothing has to be done, since the version in force, which it names, has the same content."),
		"quorum":                      {Description: "The number of subjects that must approve a version.", Minimum: new(1.0)},
		"kinds":                       described("The kinds of actor that may approve."),
		"forbid_self_approval":        described("Whether the creator of a version is refused as its approver."),
		"require_submit":              described("Whether only a submitted version can be approved."),
		"require_version":             described("Whether every decision must name its version."),
		"require_disclosure":          described("Whether a version needs a known `source_type`."),
		"own_rule":                    described("Whether the host has a rule of its own, which may refuse more."),
		"explain_asset.version":       described("The version to explain: a number, `current` or `approved`. The default is `approved`."),
	}
}
