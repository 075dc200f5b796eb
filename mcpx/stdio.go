package mcpx

import (
	"context"
	"errors"
	"io"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
)

// Stdio serves one client over a pair of streams, such as the standard ones of
// the process, a message to the line, until in or ctx ends. Nothing else may be
// written to out. A line of more bytes than a request over HTTP may have ends it
// with an error.
func Stdio(ctx context.Context, lib *assets.Library, opts Options, in io.ReadCloser, out io.Writer) error {
	err := Server(lib, opts).Run(ctx, &mcp.IOTransport{Reader: in, Writer: open{out}, MaxLineLength: maxBody})
	if errors.Is(err, context.Canceled) {
		err = nil // it ended as it was told
	}
	return err
}

// open is a writer that is not for the protocol to close.
type open struct{ io.Writer }

func (open) Close() error { return nil }
