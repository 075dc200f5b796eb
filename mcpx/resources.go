package mcpx

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/wire"
)

// maxInline is the maximum size in bytes of text in a result. Larger text is
// linked.
const maxInline = 64 << 10

const scheme = "asset://"

// content returns the content of the version that an asset shows: small text
// itself, anything else as a link that needs the caller's credential.
func (s *service) content(ctx context.Context, by assets.Actor, a *assets.Asset) (mcp.Content, error) {
	text, ok, err := s.text(ctx, by, a.ID, assets.Selector(a.Version), a.Content)
	switch {
	case err != nil:
		return nil, err
	case ok:
		return &mcp.TextContent{Text: text}, nil
	}
	return &mcp.ResourceLink{
		URI:      fmt.Sprintf("%s%s/%s/versions/%d/content", s.lib.BaseURL(), s.lib.BasePath(), a.ID, a.Version),
		Name:     a.Content.Filename,
		MIMEType: a.Content.MediaType,
		Size:     &a.Content.SizeBytes,
	}, nil
}

// text returns the content if it is text of at most maxInline bytes, and reports
// whether it is.
func (s *service) text(ctx context.Context, by assets.Actor, id assets.ID, sel assets.Selector, c assets.Content) (string, bool, error) {
	if c.SizeBytes > maxInline || !strings.HasPrefix(c.MediaType, "text/") && c.MediaType != "application/json" {
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
	server.AddResourceTemplate(&mcp.ResourceTemplate{
		Name: "asset", Title: "Asset", URITemplate: scheme + "{asset_id}", MIMEType: "application/json",
		Description: "An asset with all its versions and reviews.",
	}, s.resource("asset", func(ctx context.Context, by assets.Actor, uri string) ([]*mcp.ResourceContents, error) {
		a, err := s.lib.Get(ctx, by, assets.ID(strings.TrimPrefix(uri, scheme)), assets.SelectCurrent)
		if err != nil {
			return nil, err
		}
		return jsonContents(uri, a)
	}))
	server.AddResourceTemplate(&mcp.ResourceTemplate{
		Name: "asset_version", Title: "Version of an asset", URITemplate: scheme + "{asset_id}/versions/{version}",
		Description: "One version: a number, current or approved. Text of at most 64 KiB follows as a second part.",
	}, s.resource("asset_version", s.version))
}

func (s *service) version(ctx context.Context, by assets.Actor, uri string) ([]*mcp.ResourceContents, error) {
	id, number, _ := strings.Cut(strings.TrimPrefix(uri, scheme), "/versions/")
	sel, err := assets.ParseSelector(number)
	if err != nil {
		return nil, err
	}
	v, err := s.lib.Version(ctx, by, assets.ID(id), sel)
	if err != nil {
		return nil, err
	}
	parts, err := jsonContents(uri, v)
	if err != nil {
		return nil, err
	}
	text, ok, err := s.text(ctx, by, v.AssetID, assets.Selector(v.Number), v.Content)
	if ok {
		parts = append(parts, &mcp.ResourceContents{URI: uri, MIMEType: v.Content.MediaType, Text: text})
	}
	return parts, err
}

func jsonContents(uri string, v any) ([]*mcp.ResourceContents, error) {
	text, err := wire.Marshal(v)
	return []*mcp.ResourceContents{{URI: uri, MIMEType: "application/json", Text: string(text)}}, err
}

// resource returns the handler of a resource. A failure is an error of the
// protocol with {detail, code, status} as its data.
func (s *service) resource(name string, read func(context.Context, assets.Actor, string) ([]*mcp.ResourceContents, error)) mcp.ResourceHandler {
	return func(ctx context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
		var parts []*mcp.ResourceContents
		_, err := s.recovered(ctx, name, func() (result, error) {
			by, err := s.caller(ctx, req.Extra)
			if err == nil {
				parts, err = read(ctx, by, req.Params.URI)
			}
			return result{}, err
		})
		if err != nil {
			return nil, s.protocolError(ctx, name, err)
		}
		return &mcp.ReadResourceResult{Contents: parts}, nil
	}
}

func (s *service) protocolError(ctx context.Context, name string, err error) error {
	f := s.describe(ctx, name, err)
	data, err := wire.Marshal(f.Flat())
	if err != nil {
		return err
	}
	code := int64(jsonrpc.CodeInvalidParams)
	if f.Status >= http.StatusInternalServerError {
		code = jsonrpc.CodeInternalError
	}
	return &jsonrpc.Error{Code: code, Message: f.Detail, Data: json.RawMessage(data)}
}
