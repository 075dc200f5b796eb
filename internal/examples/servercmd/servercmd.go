// Package servercmd has what the example servers share: their commands, and
// serving until a signal. Each server chooses the [Storage] of its data.
package servercmd

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

// The exit codes of a command, beside 0.
const (
	ExitFailed = 1
	ExitUsage  = 2
)

// Server is a server program with its commands.
type Server struct {
	Name string
	// Storage registers the flags that name the data. It returns what opens the
	// data once the flags are parsed.
	Storage func(flags *flag.FlagSet, use Use) Storage
	Policy  approval.Policy // of its reviews

	ReviewURL func(assets.ID) string // as in assets.Config
}

// usageError describes wrong arguments.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// UsageErrorf returns an error about the arguments of a command. Its text is
// printed with the command's usage, and the exit code is [ExitUsage].
func UsageErrorf(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// errExplained is an error about the arguments that has been printed.
var errExplained = errors.New("usage")

// session is one run of a command.
type session struct {
	server         Server
	flags          *flag.FlagSet
	smallContents  int64 // of newLibrary
	stdout, stderr io.Writer
	log            *slog.Logger
}

type command struct {
	name    string // its words
	args    string
	summary string
	run     func(ctx context.Context, s *session, args []string) error
}

func commands() []command {
	return []command{
		{"serve", "[flags]", "serve the REST routes, and the tools of MCP at /mcp; this is the default command", serve},
		{"mcp", "[flags]", "serve the tools of MCP on standard input and output, with the API key in ASSETS_API_KEY", serveMCP},
		{"migrate", "[flags]", "bring the schema of the database up to date, as a start of the server does", migrate},
		{"keys mint", "[flags]", "make an API key and print it once", mintKey},
		{"keys list", "[flags]", "list the API keys in force", listKeys},
		{"keys revoke", "[flags] PREFIX", "revoke an API key at once", revokeKey},
		{"demo", "[flags]", "fill an empty workspace with a small campaign, for the review page", fillDemo},
		{"export", "[flags]", "write what is approved into a zip; an interrupted run continues", exportCommand},
		{"verify", "[flags] PATH", "verify the attestations of an export (zip or folder), or of one file beside its .dsse.json, without the server", verify},
		{"sweep", "[flags]", "delete content that no asset refers to any more", sweep},
		{"erase", "[flags]", "erase the content of a version for good; its description and its reviews stay", eraseVersion},
		{"purge", "[flags]", "remove everything of a workspace for good; an interrupted run continues", purgeWorkspace},
	}
}

// Main runs the command in the arguments of the process until it ends or a signal
// stops it, and exits.
func (srv Server) Main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(srv.Run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// Run runs one command and returns the exit code of the process: 0, [ExitFailed]
// or [ExitUsage]. It stops when ctx is canceled.
func (srv Server) Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s := &session{server: srv, stdout: stdout, stderr: stderr, log: slog.New(slog.NewTextHandler(stderr, nil))}
	switch err := s.run(ctx, args); {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errExplained):
		return ExitUsage
	default:
		fmt.Fprintf(stderr, "%s: %v\n", srv.Name, err)
		return ExitFailed
	}
}

func (s *session) run(ctx context.Context, args []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		args = append([]string{"serve"}, args...)
	}
	for _, c := range commands() {
		words := strings.Fields(c.name)
		if len(args) >= len(words) && slices.Equal(args[:len(words)], words) {
			return s.explain(c.run(ctx, s.with(c), args[len(words):]))
		}
	}
	if args[0] != "help" {
		fmt.Fprintf(s.stderr, "%s: unknown command %q\n", s.server.Name, strings.Join(args[:min(len(args), 2)], " "))
	}
	s.listCommands()
	if args[0] == "help" {
		return nil
	}
	return errExplained
}

func (s *session) listCommands() {
	fmt.Fprintln(s.stderr, "The commands are:")
	for _, c := range commands() {
		fmt.Fprintf(s.stderr, "  %s %-26s %s\n", s.server.Name, c.name+" "+c.args, c.summary)
	}
	fmt.Fprintln(s.stderr, "Each explains its flags with -h.")
}

// with returns the session with the flags of a command.
func (s *session) with(c command) *session {
	s.flags = flag.NewFlagSet(s.server.Name+" "+c.name, flag.ContinueOnError)
	s.flags.SetOutput(s.stderr)
	s.flags.Usage = func() {
		fmt.Fprintf(s.stderr, "usage: %s %s %s\n  %s\n", s.server.Name, c.name, c.args, c.summary)
		s.flags.PrintDefaults()
	}
	return s
}

// explain prints a usage error with the usage of the command.
func (s *session) explain(err error) error {
	if wrong, ok := errors.AsType[*usageError](err); ok {
		fmt.Fprintln(s.stderr, wrong.text)
		s.flags.Usage()
		return errExplained
	}
	return err
}

// storage registers the flags of the storage.
func (s *session) storage(use Use) Storage { return s.server.Storage(s.flags, use) }

// parse parses the flags and requires exactly want further arguments.
func (s *session) parse(args []string, want int) error {
	switch err := s.flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil:
		return errExplained // by the flag package
	case s.flags.NArg() > want:
		return UsageErrorf("unexpected argument %q", s.flags.Arg(want))
	case s.flags.NArg() < want:
		return UsageErrorf("an argument is missing")
	}
	return nil
}
