package demo

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/term"

	"github.com/whatspie-go/whatspie"
)

// Exit codes by shell convention.
const (
	exitError       = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// ErrUsage means that the command line is wrong.
var ErrUsage = errors.New("usage")

// App is the environment of a program: its arguments, output and terminal.
type App struct {
	// Name is the program's name, for its usage text.
	Name string
	// Args are the arguments without the program's name.
	Args []string
	// Stdout receives results, Stderr everything else.
	Stdout, Stderr io.Writer
	// Account returns a client for the account. It is nil if the environment has no token.
	Account func(...whatspie.Option) (*whatspie.Client, error)
	// Size returns the size of the terminal in characters. ok is false if Stdout is not a terminal.
	Size func() (columns, rows int, ok bool)
	// UTF8 and Colors report whether the terminal supports block characters and colors.
	UTF8, Colors bool
	// OnSuspend registers pause, called before Ctrl-Z stops the process, and resume, called when it continues.
	OnSuspend func(pause, resume func()) (stop func())
	// Summary is the first line of the usage text.
	Summary string
}

// Main runs a program and exits. Ctrl-C and closing the terminal end its context. The summary completes the sentence
// that begins with the name.
func Main(name, summary string, program func(context.Context, App) error) {
	signal.Ignore(syscall.SIGPIPE) // a closed pipe becomes a write error, so that the program can clean up
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // ignored under nohup
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	app := App{
		Name: name, Summary: summary, Args: os.Args[1:], Stdout: os.Stdout, Stderr: os.Stderr,
		Size:   stdoutSize,
		UTF8:   IsUTF8(runtime.GOOS, os.Getenv),
		Colors: HasColors(runtime.GOOS, os.Getenv),
	}
	if _, _, ok := stdoutSize(); ok {
		app.OnSuspend = onSuspend
	}
	if hasToken() {
		app.Account = whatspie.NewClientFromEnv
	}
	code := app.Run(ctx, program)
	stop()
	os.Exit(code)
}

// Run runs a program and returns its exit code. An error is printed as one line on Stderr.
func (a App) Run(ctx context.Context, program func(context.Context, App) error) int {
	err := program(ctx, a)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, ErrUsage):
		a.Logf("%v", err)
		return exitUsage
	case ctx.Err() != nil:
		return exitInterrupted
	default:
		a.Logf("%s", Explain(err))
		return exitError
	}
}

// Logf writes a line to Stderr.
func (a App) Logf(format string, args ...any) {
	_, _ = fmt.Fprintf(a.Stderr, format+"\n", args...) // a failed write cannot be reported
}

// Flags returns a flag set that returns its errors.
func (a App) Flags() *flag.FlagSet {
	flags := flag.NewFlagSet(a.Name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // Run prints the error
	return flags
}

// Parse parses the arguments. For -h it prints the usage and returns flag.ErrHelp.
func (a App) Parse(flags *flag.FlagSet) error {
	err := flags.Parse(a.Args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		a.Logf("%s %s\n\nusage: %s [flags]", a.Name, a.Summary, a.Name)
		flags.SetOutput(a.Stderr)
		flags.PrintDefaults()
		return err
	case err != nil:
		return fmt.Errorf("%w: %w", ErrUsage, err)
	case flags.NArg() > 0:
		return fmt.Errorf("%w: unexpected argument %q", ErrUsage, flags.Arg(0))
	default:
		return nil
	}
}

// CheckDevice checks the flags that select a device: -id for an existing one, or -name and -package to create one. With
// an account it accepts no defaults for these two, because a device costs money.
func (a App) CheckDevice(id int64, name, packageCode string) error {
	switch {
	case id < 0:
		return fmt.Errorf("%w: -id must be positive", ErrUsage)
	case id != 0 && (name != "" || packageCode != ""):
		return fmt.Errorf("%w: give either -id for an existing device, or -name and -package to create one", ErrUsage)
	case id == 0 && (name == "" || packageCode == "") && a.Account != nil:
		return fmt.Errorf("%w: which device? Give -id, or both -name and -package to create one, which costs money", ErrUsage)
	default:
		return nil
	}
}

func stdoutSize() (columns, rows int, ok bool) {
	columns, rows, err := term.GetSize(int(os.Stdout.Fd()))
	return columns, rows, err == nil
}
