package servercmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/mcpx"
)

// keyVariable is the environment variable with the API key for the command mcp.
// An argument could be read by every user of the machine.
const keyVariable = "ASSETS_API_KEY"

// serveMCP serves the tools to one agent over the standard streams.
func serveMCP(ctx context.Context, s *session, args []string) error {
	storage := s.storage(ServingMCP)
	publicURL := s.flags.String("public-url", "http://127.0.0.1:8080", "scheme and host of the server for links to previews, uploads and exports")
	s.smallContentsFlag()
	if err := s.parse(args, 0); err != nil {
		return err
	}
	if !isOrigin(*publicURL) {
		return UsageErrorf("-public-url: must be like https://assets.example.com")
	}
	*publicURL = strings.TrimSuffix(*publicURL, "/")
	bearer := os.Getenv(keyVariable)
	if bearer == "" {
		return errors.New(keyVariable + ": is not set; keys mint makes an API key")
	}
	data, err := storage.Open(ctx, ServingMCP, s.log)
	if err != nil {
		return err
	}
	lib, keys, err := s.newLibrary(data, *publicURL)
	if err == nil {
		if _, refused := keys.Authenticate(ctx, bearer); refused != nil {
			err = fmt.Errorf("%s: %w", keyVariable, refused)
		}
	}
	if err == nil {
		s.moveMarker(ctx, data)
		// The key is looked up for every call, so that a revocation works at once.
		who := func(ctx context.Context, _ *mcp.RequestExtra) (assets.Actor, error) {
			return keys.Authenticate(ctx, bearer)
		}
		err = mcpx.Stdio(ctx, lib, mcpx.Options{Actor: who, Logger: s.log}, os.Stdin, s.stdout)
	}
	return errors.Join(err, data.Close())
}
