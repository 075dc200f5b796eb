package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
)

// The exit codes of a command, beside 0.
const (
	exitFailed = 1
	exitUsage  = 2
)

// errUsage: the arguments are wrong, and the user has been told how.
var errUsage = errors.New("usage")

// session is what one run of a command writes to.
type session struct {
	stdout, stderr io.Writer
	log            *slog.Logger
}

type command struct {
	name    string // its words
	args    string
	summary string
	run     func(ctx context.Context, s *session, flags *flag.FlagSet, args []string) error
}

func commands() []command {
	return []command{
		{"serve", "[flags]", "serve the REST routes; this is what happens without a command", serve},
		{"keys mint", "[flags]", "make an API key and print it, once", mintKey},
		{"keys list", "[flags]", "list the API keys in force", listKeys},
		{"keys revoke", "[flags] PREFIX", "end an API key at once", revokeKey},
		{"sweep", "[flags]", "delete content that no asset names any more", sweep},
	}
}

// run carries out one command and answers the exit code of the process. It
// ends early when ctx does.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s := &session{stdout: stdout, stderr: stderr, log: slog.New(slog.NewTextHandler(stderr, nil))}
	switch err := s.run(ctx, args); {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return exitUsage
	default:
		fmt.Fprintln(stderr, "server:", err)
		return exitFailed
	}
}

func (s *session) run(ctx context.Context, args []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		args = append([]string{"serve"}, args...)
	}
	for _, c := range commands() {
		words := strings.Fields(c.name)
		if len(args) >= len(words) && slices.Equal(args[:len(words)], words) {
			return c.run(ctx, s, s.flags(c), args[len(words):])
		}
	}
	if args[0] != "help" {
		fmt.Fprintf(s.stderr, "server: unknown command %q\n", strings.Join(args[:min(len(args), 2)], " "))
	}
	s.listCommands()
	if args[0] == "help" {
		return nil
	}
	return errUsage
}

func (s *session) listCommands() {
	fmt.Fprintln(s.stderr, "The commands are:")
	for _, c := range commands() {
		fmt.Fprintf(s.stderr, "  server %-26s %s\n", c.name+" "+c.args, c.summary)
	}
	fmt.Fprintln(s.stderr, "Each explains its flags with -h.")
}

func (s *session) flags(c command) *flag.FlagSet {
	flags := flag.NewFlagSet("server "+c.name, flag.ContinueOnError)
	flags.SetOutput(s.stderr)
	flags.Usage = func() {
		fmt.Fprintf(s.stderr, "usage: server %s %s\n  %s\n", c.name, c.args, c.summary)
		flags.PrintDefaults()
	}
	return flags
}

// parse reads the flags and exactly want further arguments.
func parse(flags *flag.FlagSet, args []string, want int) error {
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil:
		return errUsage // the flag package has explained it
	case flags.NArg() > want:
		return misuse(flags, "unexpected argument %q", flags.Arg(want))
	case flags.NArg() < want:
		return misuse(flags, "an argument is missing")
	}
	return nil
}

// misuse explains what is wrong with the arguments.
func misuse(flags *flag.FlagSet, format string, args ...any) error {
	fmt.Fprintf(flags.Output(), format+"\n", args...)
	flags.Usage()
	return errUsage
}
