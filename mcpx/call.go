package mcpx

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"runtime/debug"
	"slices"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/requestlog"
	"github.com/10ex/assets/internal/rest"
	"github.com/10ex/assets/internal/wire"
)

// argumentsLoc is the first element of the location of a problem in the input.
const argumentsLoc = "arguments"

const (
	maxArguments = 256 << 10 // bytes of arguments
	maxContent   = 8 << 20   // bytes of arguments with content, which JSON may escape

	// resultCopies is how many times the memory of a result is needed to send it: the
	// message has it as text and as structured content, and the SDK encodes it whole,
	// in several steps.
	resultCopies = 8
)

// tool is one tool with its implementation.
type tool struct {
	name, title, description string
	scopes                   []assets.Scope // the caller must have one of them; a refusal names the first
	approves                 bool           // it approves, so that the kind of the caller matters first
	hints                    mcp.ToolAnnotations
	maxBytes                 int // of arguments; 0 is maxArguments
	nested                   int // levels of objects within the result that its schema has

	input, output reflect.Type
	call          func(ctx context.Context, by assets.Actor, arguments []byte) (result, error)
}

// result is what a successful call returns: the body that REST returns, and
// content blocks that follow it.
type result struct {
	body   any
	blocks []mcp.Content
}

// typed returns a tool that calls do. In is a struct of the arguments, which are
// decoded as strictly as a body of REST; Out is the body that REST returns.
func typed[In, Out any](t tool, do func(ctx context.Context, by assets.Actor, in *In) (Out, error)) tool {
	return typedBlocks[In, Out](t, func(ctx context.Context, by assets.Actor, in *In) (result, error) {
		body, err := do(ctx, by, in)
		return result{body: body}, err
	})
}

// typedBlocks is typed for a tool that also returns content blocks.
func typedBlocks[In, Out any](t tool, do func(ctx context.Context, by assets.Actor, in *In) (result, error)) tool {
	t.input, t.output = reflect.TypeFor[In](), reflect.TypeFor[Out]()
	t.call = func(ctx context.Context, by assets.Actor, arguments []byte) (result, error) {
		in := new(In)
		if err := rest.Decode(arguments, in, argumentsLoc); err != nil {
			return result{}, err
		}
		out, err := do(ctx, by, in)
		return out, rest.Locate(err, argumentsLoc)
	}
	return t
}

func (t tool) declaration(about *rest.About) *mcp.Tool {
	t.hints.OpenWorldHint = new(false)
	var members []string // of the result; nil: all
	if !t.hints.ReadOnlyHint && t.output == reflect.TypeFor[*assets.Asset]() {
		members = []string{"id", "status", "version", "current_version", "approved_version", "revision"}
	}
	return &mcp.Tool{
		Name: t.name, Title: t.title, Description: t.description, Annotations: &t.hints,
		InputSchema: about.Arguments(t.input), OutputSchema: resultSchema(about, t.output, 1+t.nested, members...),
	}
}

// handler returns the handler of a tool. Every failure is a tool error, which a
// model can read.
func (s *service) handler(t tool) mcp.ToolHandler {
	return func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		ctx, sent := assets.Sending(withRequest(ctx, req.Extra), resultCopies, nil)
		defer sent() // over HTTP it does nothing: the request's own Sending ends later
		ctx, done := s.observe(ctx, t.name)
		out, err := s.recovered(ctx, t.name, func() (result, error) { return s.call(ctx, t, req) })
		done(err)
		if err != nil {
			return s.errorResult(ctx, t.name, err)
		}
		text, err := wire.Marshal(out.body)
		if err != nil {
			return s.errorResult(ctx, t.name, err)
		}
		return &mcp.CallToolResult{
			Content:           append([]mcp.Content{&mcp.TextContent{Text: string(text)}}, out.blocks...),
			StructuredContent: json.RawMessage(text),
		}, nil
	}
}

// observe tells the Library's observer of a tool call, whose lines in the log name what it
// is about. done is called with its error.
func (s *service) observe(ctx context.Context, name string) (_ context.Context, done func(error)) {
	request := requestlog.In(ctx)
	if request == nil { // not over HTTP
		request = requestlog.New("")
		ctx = requestlog.With(ctx, request)
	}
	observe := s.lib.Observer()
	if observe == nil {
		return ctx, func(error) {}
	}
	ctx, ended := observe(ctx, assets.Op{Name: name, Kind: assets.OpTool, Door: assets.Door(assets.ViaMCP)})
	return ctx, func(err error) {
		out := assets.Outcome{Code: wire.Code(err), Err: err}
		if ctx.Err() != nil && err != nil {
			out.Code = assets.CodeCanceled
		}
		workspace, asset := request.Subject()
		out.Workspace, out.AssetID = workspace, assets.ID(asset)
		ended(out)
	}
}

// call checks the caller, its scopes and the size of the arguments, and calls the
// tool.
func (s *service) call(ctx context.Context, t tool, req *mcp.CallToolRequest) (result, error) {
	by, err := s.caller(ctx, req.Extra)
	if err != nil {
		return result{}, err
	}
	requestlog.In(ctx).About(by.Workspace, "")
	// The Library tells an agent without the scope that a person has to approve.
	personNeeded := t.approves && by.Kind != assets.KindUser
	if !personNeeded && !slices.ContainsFunc(t.scopes, by.Can) {
		return result{}, assets.ForbiddenScope(t.scopes[0])
	}
	arguments := []byte(req.Params.Arguments)
	if len(arguments) == 0 || string(arguments) == "null" {
		arguments = []byte("{}")
	}
	if limit := cmp.Or(t.maxBytes, maxArguments); len(arguments) > limit {
		return result{}, assets.Errorf(assets.ErrTooLarge, "the arguments are larger than %d bytes", limit)
	}
	return t.call(ctx, by, arguments)
}

// recovered calls do. It logs a panic and returns errPanicked for it.
func (s *service) recovered(ctx context.Context, name string, do func() (result, error)) (out result, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.Logger.ErrorContext(ctx, "assets: panic", "operation", name, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = errPanicked
		}
	}()
	return do()
}

// errorResult returns a tool error: {detail, code, status} as its first block, and a
// link to the page where a person can decide, if there is one. It has no structured
// content, because clients validate that against the schema of results.
func (s *service) errorResult(ctx context.Context, name string, err error) (*mcp.CallToolResult, error) {
	f := s.describe(ctx, name, err)
	text, err := wire.Marshal(f.Flat())
	if err != nil {
		return nil, err
	}
	blocks := []mcp.Content{&mcp.TextContent{Text: string(text)}}
	if f.ReviewURL != "" {
		blocks = append(blocks, &mcp.ResourceLink{
			URI: f.ReviewURL, Name: "review_page", Title: "Review page", MIMEType: "text/html",
			Description: "Give this address to a person, who can decide there.",
		})
	}
	return &mcp.CallToolResult{IsError: true, Content: blocks}, nil
}

// describe returns what the caller may see of an error. It logs errors of status
// 500 and above.
func (s *service) describe(ctx context.Context, name string, err error) wire.Failure {
	f := wire.Describe(err)
	if f.Status >= http.StatusInternalServerError && err != errPanicked && ctx.Err() == nil { //nolint:errorlint // recovered returns it unwrapped
		s.Logger.ErrorContext(ctx, "assets: request failed", "operation", name, "code", f.Code, "error", err.Error())
	}
	return f
}

var errPanicked = errors.New("panicked") // logged where it was recovered
