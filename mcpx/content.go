package mcpx

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// given are the arguments of a tool that stores content besides those of the route:
// what REST has as a part of the body and as a header.
type given struct {
	Base64 string `json:"content_base64,omitempty"`
	Key    string `json:"idempotency_key,omitempty"`
}

const (
	maxDecoded = 1 << 20                  // bytes of content_base64, decoded
	maxEncoded = (maxDecoded + 2) / 3 * 4 // digits of content_base64
)

// complete sets the content and the idempotency key of v and calls validate, which
// validates v. It returns all problems.
func (g *given) complete(v *assets.NewVersion, validate func() error) error {
	v.IdempotencyKey = g.Key
	problem := g.setContent(v)
	var all []error
	if problem != nil {
		all = append(all, problem)
	}
	for _, f := range assets.FieldErrors(validate()) {
		switch f.Loc[0] {
		case "text", "upload_id":
			if problem != nil {
				continue // it does not know of content_base64
			}
		case "Idempotency-Key":
			f = assets.Invalid(f.Type, f.Msg, "idempotency_key")
		}
		all = append(all, f)
	}
	return errors.Join(all...)
}

// setContent sets the content of v if it is base64. It returns a FieldError unless
// exactly one content is given.
func (g *given) setContent(v *assets.NewVersion) error {
	const oneOf = "give exactly one of text, content_base64 and upload_id"
	switch {
	case v.UploadID != "" && (v.Text != "" || g.Base64 != ""):
		return assets.Invalid(assets.TypeConflict, oneOf, "upload_id")
	case v.Text != "" && g.Base64 != "":
		return assets.Invalid(assets.TypeConflict, oneOf, "text")
	case v.Text != "" || v.UploadID != "":
		return nil
	case g.Base64 == "":
		return assets.Invalid(assets.TypeMissing, oneOf, "text")
	}
	return g.decode(v)
}

// decode makes the decoded base64 the content of v. If it is a data: URL (RFC 2397),
// its media type is that of the content unless v has one.
func (g *given) decode(v *assets.NewVersion) error {
	const name = "content_base64"
	text := g.Base64
	if len(text) >= len("data:") && strings.EqualFold(text[:len("data:")], "data:") {
		head, data, ok := strings.Cut(text[len("data:"):], ",")
		parameters, isBase64 := cutSuffixFold(head, ";base64")
		if !ok || !isBase64 {
			return assets.Invalid(assets.TypeMalformed, "a data: URL must have its data in base64: data:<media type>;base64,<data>", name)
		}
		media, _, _ := strings.Cut(parameters, ";")
		if v.MediaType == "" {
			v.MediaType = rest.DeclaredType(media)
		}
		text = data
	}
	encoding := base64.StdEncoding.Strict()
	if !strings.Contains(text, "=") {
		encoding = base64.RawStdEncoding.Strict()
	}
	content, err := encoding.DecodeString(text)
	switch {
	case len(text) > maxEncoded || len(content) > maxDecoded:
		return assets.Invalid(assets.TypeTooLong, "must be at most 1 MiB decoded; upload more with create_asset_upload", name)
	case err != nil:
		return assets.Invalid(assets.TypeMalformed, "must be base64 as in RFC 4648 section 4, or a data: URL with it", name)
	}
	v.Content = bytes.NewReader(content)
	return nil
}

// cutSuffixFold is strings.CutSuffix without regard to case.
func cutSuffixFold(s, suffix string) (before string, found bool) {
	n := len(s) - len(suffix)
	if n < 0 || !strings.EqualFold(s[n:], suffix) {
		return s, false
	}
	return s[:n], true
}
