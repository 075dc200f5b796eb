// Package program is what the example servers have in common: their commands,
// and how they serve until a signal. Where a program keeps its data is its own:
// it names a [Place].
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

	"github.com/10ex/assets/approval"
)

// The exit codes of a command, beside 0.
const (
	ExitFailed = 1
	ExitUsage  = 2
)

// Program is a server and the commands that work beside it.
type Program struct {
	Name string
	// Place registers the flags that say where the data is and answers what
	// opens it once they are read.
	Place  func(flags *flag.FlagSet, use Use) Place
	Policy approval.Policy // of its reviews
}

// usageError says what is wrong with the arguments.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// Misuse is the error of arguments that are wrong: its text is shown with how
// to do better.
func Misuse(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// errExplained: the arguments are wrong, and the user has been told how.
var errExplained = errors.New("usage")

// session is one run of a command.
type session struct {
	program        Program
	flags          *flag.FlagSet
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
		{"serve", "[flags]", "serve the REST routes, and the tools of MCP at /mcp; this is what happens without a command", serve},
		{"mcp", "[flags]", "let an agent work over standard input and output, with the API key in ASSETS_API_KEY", serveMCP},
		{"keys mint", "[flags]", "make an API key and print it, once", mintKey},
		{"keys list", "[flags]", "list the API keys in force", listKeys},
		{"keys revoke", "[flags] PREFIX", "end an API key at once", revokeKey},
		{"export", "[flags]", "write what is approved into a zip; a run that was cut goes on", exportTo},
		{"sweep", "[flags]", "delete content that no asset names any more", sweep},
	}
}

// Main runs the process's own arguments until a signal, and ends the process.
func (p Program) Main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(p.Run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// Run carries out one command and answers the exit code of the process. It
// ends early when ctx does.
func (p Program) Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s := &session{program: p, stdout: stdout, stderr: stderr, log: slog.New(slog.NewTextHandler(stderr, nil))}
	switch err := s.run(ctx, args); {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errExplained):
		return ExitUsage
	default:
		fmt.Fprintf(stderr, "%s: %v\n", p.Name, err)
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
		fmt.Fprintf(s.stderr, "%s: unknown command %q\n", s.program.Name, strings.Join(args[:min(len(args), 2)], " "))
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
		fmt.Fprintf(s.stderr, "  %s %-26s %s\n", s.program.Name, c.name+" "+c.args, c.summary)
	}
	fmt.Fprintln(s.stderr, "Each explains its flags with -h.")
}

// with gives the session the flags of a command.
func (s *session) with(c command) *session {
	s.flags = flag.NewFlagSet(s.program.Name+" "+c.name, flag.ContinueOnError)
	s.flags.SetOutput(s.stderr)
	s.flags.Usage = func() {
		fmt.Fprintf(s.stderr, "usage: %s %s %s\n  %s\n", s.program.Name, c.name, c.args, c.summary)
		s.flags.PrintDefaults()
	}
	return s
}

// explain tells the user of a misuse.
func (s *session) explain(err error) error {
	if wrong, ok := errors.AsType[*usageError](err); ok {
		fmt.Fprintln(s.stderr, wrong.text)
		s.flags.Usage()
		return errExplained
	}
	return err
}

// place registers the flags of the program's place.
func (s *session) place(use Use) Place { return s.program.Place(s.flags, use) }

// parse reads the flags and exactly want further arguments.
func (s *session) parse(args []string, want int) error {
	switch err := s.flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil:
		return errExplained // by the flag package
	case s.flags.NArg() > want:
		return Misuse("unexpected argument %q", s.flags.Arg(want))
	case s.flags.NArg() < want:
		return Misuse("an argument is missing")
	}
	return nil
}
