package mcpx

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"runtime/debug"
	"slices"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
	"github.com/10ex/assets/internal/wire"
)

// place is where problems of a call's input are.
const place = "arguments"

const (
	maxArguments = 256 << 10 // bytes of arguments
	maxContent   = 8 << 20   // of those with a content, which JSON may escape
)

// tool is one tool with its handler.
type tool struct {
	name, title, description string
	scopes                   []assets.Scope // the caller has any of them
	hints                    mcp.ToolAnnotations
	most                     int // bytes of arguments; 0 is maxArguments

	input, output reflect.Type
	call          func(ctx context.Context, by assets.Actor, arguments []byte) (answer, error)
}

// answer is what a call that went well answers: the body that REST has, and
// blocks of content beside it.
type answer struct {
	body   any
	beside []mcp.Content
}

// typed makes a tool of what it does. In is a struct of the arguments, read as
// strictly as a body; Out is the body that REST answers.
func typed[In, Out any](t tool, do func(ctx context.Context, by assets.Actor, in *In) (Out, error)) tool {
	return blocks[In, Out](t, func(ctx context.Context, by assets.Actor, in *In) (answer, error) {
		body, err := do(ctx, by, in)
		return answer{body: body}, err
	})
}

// blocks is typed for a tool that also answers blocks of content.
func blocks[In, Out any](t tool, do func(ctx context.Context, by assets.Actor, in *In) (answer, error)) tool {
	t.input, t.output = reflect.TypeFor[In](), reflect.TypeFor[Out]()
	t.call = func(ctx context.Context, by assets.Actor, arguments []byte) (answer, error) {
		in := new(In)
		if err := rest.Decode(arguments, in, place); err != nil {
			return answer{}, err
		}
		out, err := do(ctx, by, in)
		return out, rest.Locate(err, place)
	}
	return t
}

func (t tool) declaration(about *rest.About) *mcp.Tool {
	t.hints.Title, t.hints.OpenWorldHint = t.title, new(false)
	return &mcp.Tool{
		Name: t.name, Title: t.title, Description: t.description, Annotations: &t.hints,
		InputSchema: about.Arguments(t.input), OutputSchema: about.Result(t.output),
	}
}

// handler runs the checks that come before the input, then the tool. Whatever
// fails is a tool error, which a model can read.
func (d *door) handler(t tool) mcp.ToolHandler {
	return func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		out, err := d.guarded(ctx, t.name, func() (answer, error) { return d.call(ctx, t, req) })
		if err != nil {
			return d.refusal(ctx, t.name, err)
		}
		text, err := wire.Marshal(out.body)
		if err != nil {
			return d.refusal(ctx, t.name, err)
		}
		return &mcp.CallToolResult{
			Content:           append([]mcp.Content{&mcp.TextContent{Text: string(text)}}, out.beside...),
			StructuredContent: json.RawMessage(text),
		}, nil
	}
}

func (d *door) call(ctx context.Context, t tool, req *mcp.CallToolRequest) (answer, error) {
	by, err := d.caller(ctx, req.Extra)
	if err != nil {
		return answer{}, err
	}
	if !slices.ContainsFunc(t.scopes, by.Can) {
		return answer{}, assets.Errorf(assets.ErrForbiddenScope, "the credential lacks the scope %s", t.scopes[0])
	}
	arguments := []byte(req.Params.Arguments)
	if len(arguments) == 0 || string(arguments) == "null" {
		arguments = []byte("{}")
	}
	if most := cmp.Or(t.most, maxArguments); len(arguments) > most {
		return answer{}, assets.Errorf(assets.ErrTooLarge, "the arguments are larger than %d bytes", most)
	}
	return t.call(ctx, by, arguments)
}

// guarded makes an error of a panic.
func (d *door) guarded(ctx context.Context, name string, do func() (answer, error)) (out answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			d.Logger.ErrorContext(ctx, "assets: panic", "operation", name, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = errPanicked
		}
	}()
	return do()
}

// refusal makes the tool error: {detail, code, status} as its one block of
// text. It has no structured content, which would have to be of the schema of
// results.
func (d *door) refusal(ctx context.Context, name string, err error) (*mcp.CallToolResult, error) {
	text, err := wire.Marshal(d.describe(ctx, name, err).Flat())
	if err != nil {
		return nil, err
	}
	return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: string(text)}}}, nil
}

// describe makes of an error what the caller may see, and logs what it may not.
func (d *door) describe(ctx context.Context, name string, err error) wire.Failure {
	f := wire.Describe(err)
	if f.Status >= http.StatusInternalServerError && err != errPanicked && ctx.Err() == nil { //nolint:errorlint // it is made here
		d.Logger.ErrorContext(ctx, "assets: request failed", "operation", name, "code", f.Code, "error", err.Error())
	}
	return f
}
