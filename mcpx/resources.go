package mcpx

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/wire"
)

const (
	scheme = "asset://"

	templateAsset   = scheme + "{asset_id}"
	templateVersion = templateAsset + "/versions/{version}"
	templateContent = templateVersion + "/content"

	// maxBlob is the maximum size in bytes of a content in a resource.
	maxBlob = 1 << 20

	// cachePrivate means that no one but the client itself may cache a result.
	cachePrivate = "private"
)

// content returns the content of the version that an asset shows: small text itself,
// anything else as a link to its resource.
func (s *service) content(ctx context.Context, by assets.Actor, a *assets.Asset) (mcp.Content, error) {
	if a.ErasedAt != 0 {
		return &mcp.TextContent{Text: fmt.Sprintf("The content of version %d was erased. Nobody can read it any more.", a.Version)}, nil
	}
	text, ok, err := s.text(ctx, by, a.ID, assets.Selector(a.Version), a.Content)
	switch {
	case err != nil:
		return nil, err
	case ok:
		return &mcp.TextContent{Text: text}, nil
	}
	return s.link(a.ID, a.Version, a.Content), nil
}

// link returns a link to the resource of a content.
func (s *service) link(id assets.ID, n assets.Number, c assets.Content) *mcp.ResourceLink {
	return &mcp.ResourceLink{
		URI:         fmt.Sprintf("%s%s/versions/%d/content", scheme, id, n),
		Name:        cmp.Or(c.Filename, "content"),
		MIMEType:    c.MediaType,
		Size:        &c.SizeBytes,
		Description: s.howToDownload(id, n),
	}
}

// howToDownload returns how to get a content of any size.
func (s *service) howToDownload(id assets.ID, n assets.Number) string {
	return fmt.Sprintf("Download it with GET %s%s/%s/versions/%d/content and the same credential, or open the url of get_asset_preview_url, which needs none.",
		s.lib.BaseURL(), s.lib.BasePath(), id, n)
}

// text returns the content if it is text of at most maxInline bytes, and reports
// whether it is.
func (s *service) text(ctx context.Context, by assets.Actor, id assets.ID, sel assets.Selector, c assets.Content) (string, bool, error) {
	if c.SizeBytes > maxInline || !isText(c.MediaType) {
		return "", false, nil
	}
	f, err := s.lib.Open(ctx, by, id, sel)
	if err != nil {
		return "", false, err
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	return string(text), err == nil, err
}

func (s *service) addResources(server *mcp.Server) {
	for _, t := range []*mcp.ResourceTemplate{
		{
			Name: "asset", Title: "Asset", URITemplate: templateAsset, MIMEType: "application/json",
			Description: "An asset with summaries of all its versions and its newest 100 reviews.",
		}, {
			Name: "asset_version", Title: "Version of an asset", URITemplate: templateVersion,
			Description: "One version: a number, current or approved. Text of at most 64 KiB follows as a second part.",
		}, {
			Name: "asset_content", Title: "Content of a version", URITemplate: templateContent,
			Description: "The content of one version, of at most 1 MiB: text, or a blob. Of a larger one, its size and how to download it.",
		},
	} {
		server.AddResourceTemplate(t, s.readResource)
	}
	server.AddReceivingMiddleware(s.refuseUnknownURIs)
}

// refuseUnknownURIs refuses to read a resource that no template matches, with the
// templates that there are. Resources of the host are left to the host's server.
func (s *service) refuseUnknownURIs(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		read, ok := req.(*mcp.ReadResourceRequest)
		if ok && read.Params != nil && (s.alone || strings.HasPrefix(read.Params.URI, "asset:")) {
			if _, err := parseURI(read.Params.URI); err != nil {
				return s.readResource(ctx, read)
			}
		}
		return next(ctx, method, req)
	}
}

// resourceName is what the URI of a resource names.
type resourceName struct {
	id      assets.ID
	version assets.Selector
	kind    string // the template
}

// parseURI returns a FieldError for a URI that no template matches.
func parseURI(uri string) (resourceName, error) {
	rest, ok := strings.CutPrefix(uri, scheme)
	parts := strings.SplitN(rest, "/", 5) // one more than any has
	n := len(parts)
	if !ok || n != 1 && n != 3 && n != 4 || n > 1 && parts[1] != "versions" || n == 4 && parts[3] != "content" {
		return resourceName{}, assets.Invalid(assets.TypeMalformed,
			fmt.Sprintf("no resource has such a URI; they are %s, %s and %s", templateAsset, templateVersion, templateContent), "uri")
	}
	name := resourceName{kind: templateAsset}
	id, err := assets.ParseID(parts[0])
	name.id = id
	if n > 1 {
		name.kind = templateVersion
		version, malformed := assets.ParseSelector(parts[2])
		name.version, err = version, errors.Join(err, malformed)
	}
	if n == 4 {
		name.kind = templateContent
	}
	return name, err
}

// readResource is the handler of all resources. A failure is an error of the protocol
// with {detail, code, status} as its data.
func (s *service) readResource(ctx context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	ctx, sent := assets.Sending(withRequest(ctx, req.Extra), resultCopies, nil)
	defer sent() // over HTTP it does nothing, as for tools
	var parts []*mcp.ResourceContents
	_, err := s.recovered(ctx, "resource", func() (result, error) {
		by, err := s.caller(ctx, req.Extra)
		if err == nil {
			parts, err = s.resource(ctx, by, req.Params.URI)
		}
		return result{}, err
	})
	if err != nil {
		return nil, s.protocolError(ctx, err)
	}
	return &mcp.ReadResourceResult{Contents: parts, Cacheable: mcp.Cacheable{CacheScope: cachePrivate}}, nil
}

func (s *service) resource(ctx context.Context, by assets.Actor, uri string) ([]*mcp.ResourceContents, error) {
	name, err := parseURI(uri)
	if err != nil {
		return nil, err
	}
	switch name.kind {
	case templateContent:
		return s.contentResource(ctx, by, uri, name)
	case templateVersion:
		return s.versionResource(ctx, by, uri, name)
	}
	a, err := s.lib.Get(ctx, by, name.id, assets.SelectCurrent)
	if err != nil {
		return nil, err
	}
	return jsonContents(uri, a)
}

func (s *service) versionResource(ctx context.Context, by assets.Actor, uri string, name resourceName) ([]*mcp.ResourceContents, error) {
	v, err := s.lib.Version(ctx, by, name.id, name.version)
	if err != nil {
		return nil, err
	}
	parts, err := jsonContents(uri, v)
	if err != nil || v.ErasedAt != 0 {
		return parts, err
	}
	text, ok, err := s.text(ctx, by, v.AssetID, assets.Selector(v.Number), v.Content)
	if ok {
		parts = append(parts, textContents(uri, v.Content.MediaType, text))
	}
	return parts, err
}

func (s *service) contentResource(ctx context.Context, by assets.Actor, uri string, name resourceName) ([]*mcp.ResourceContents, error) {
	f, err := s.lib.Open(ctx, by, name.id, name.version)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	v := f.Version
	if c := v.Content; c.SizeBytes > maxBlob {
		note := fmt.Sprintf("The content has %d bytes of %s, more than a resource can have. %s", c.SizeBytes, c.MediaType, s.howToDownload(v.AssetID, v.Number))
		return []*mcp.ResourceContents{textContents(uri, "text/plain", note)}, nil
	}
	data, err := f.Bytes(maxBlob)
	if err != nil {
		return nil, err
	}
	if media := v.Content.MediaType; (isText(media) || media == mediaSVG) && utf8.Valid(data) && !doublesInJSON(data) {
		return []*mcp.ResourceContents{textContents(uri, v.Content.MediaType, string(data))}, nil
	}
	return []*mcp.ResourceContents{{URI: uri, MIMEType: v.Content.MediaType, Blob: data}}, nil
}

// doublesInJSON reports whether a text would have more than twice its size in JSON, in
// which control characters, and the brackets of HTML, have six bytes. As a blob it has a
// third more.
func doublesInJSON(text []byte) bool {
	more := 0
	for _, c := range text {
		switch {
		case c < ' ' && c != '\n' && c != '\r' && c != '\t', c == '<', c == '>', c == '&':
			more += len(`\u0000`) - 1
		case c < ' ', c == '"', c == '\\':
			more++
		}
	}
	return more > len(text)
}

// textContents returns a part of a resource with text. An empty one is an empty blob,
// because the SDK would leave out the text, and clients refuse a part with neither.
func textContents(uri, mediaType, text string) *mcp.ResourceContents {
	part := &mcp.ResourceContents{URI: uri, MIMEType: mediaType, Text: text}
	if text == "" {
		part.Blob = []byte{}
	}
	return part
}

func jsonContents(uri string, v any) ([]*mcp.ResourceContents, error) {
	text, err := wire.Marshal(v)
	return []*mcp.ResourceContents{{URI: uri, MIMEType: "application/json", Text: string(text)}}, err
}

// protocolError returns an error of the protocol. Its message has all problems too,
// because clients often show nothing else to a model.
func (s *service) protocolError(ctx context.Context, err error) error {
	f := s.describe(ctx, "resource", err)
	message := f.Detail
	if len(f.Fields) > 0 {
		problems := make([]string, len(f.Fields))
		for i, field := range f.Fields {
			problems[i] = field.Error()
		}
		message = strings.Join(problems, "; ")
	}
	data, err := wire.Marshal(f.Flat())
	if err != nil {
		return err
	}
	code := int64(jsonrpc.CodeInvalidParams)
	if f.Status >= http.StatusInternalServerError {
		code = jsonrpc.CodeInternalError
	}
	return &jsonrpc.Error{Code: code, Message: message, Data: json.RawMessage(data)}
}
