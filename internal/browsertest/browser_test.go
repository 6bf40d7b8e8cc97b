package browsertest_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// patience bounds what a test waits for on a busy machine.
const patience = 40 * time.Second

// browser is the one Chromium of this test binary; each test has a profile of its own in it.
var browser func() context.Context

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	// Debian installs nginx where only root looks.
	if err := os.Setenv("PATH", os.Getenv("PATH")+string(os.PathListSeparator)+"/usr/sbin"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for _, program := range []string{"chromium", "zbarimg", "nginx"} {
		if _, err := exec.LookPath(program); err != nil {
			fmt.Fprintf(os.Stderr, "browsertest needs %s: run internal/browsertest/setup.sh (%v)\n", program, err)
			return 1
		}
	}
	profile, err := os.MkdirTemp("", "browsertest")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(profile) }()
	allocator, stop := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath("chromium"), chromedp.UserDataDir(profile),
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("hide-scrollbars", true))
	defer stop()
	ctx, cancel := chromedp.NewContext(allocator)
	defer cancel()
	if err := chromedp.Do(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "chromium does not start:", err)
		return 1
	}
	browser = func() context.Context { return ctx }
	return m.Run()
}

// step is an action without a value.
type step = chromedp.Action[chromedp.Void]

// page is one tab.
type page struct {
	t     *testing.T
	ctx   context.Context
	close context.CancelFunc

	mu         sync.Mutex
	complaints []string
}

// open opens a tab of a new profile.
func open(t *testing.T, url string, before ...step) *page {
	t.Helper()
	p := openIn(browser(), t, chromedp.WithNewBrowserContext())
	p.do(before...)
	p.do(chromedp.Navigate(url))
	return p
}

// another opens a second tab beside this one.
func (p *page) another(url string) *page {
	p.t.Helper()
	other := openIn(p.ctx, p.t)
	other.do(chromedp.Navigate(url))
	return other
}

func openIn(ctx context.Context, t *testing.T, opts ...chromedp.ContextOption) *page {
	t.Helper()
	p := &page{t: t}
	ctx, cancel := chromedp.NewContext(ctx, append(opts, chromedp.WithListener(p.listen))...)
	t.Cleanup(cancel)
	// Without a deadline: the tab would end with it.
	require.NoError(t, chromedp.Do(ctx, call(cdplog.Enable, cdp.Empty{})))
	p.ctx, p.close = ctx, cancel
	return p
}

// call makes a step of a command of the protocol.
func call[P, R any](command cdp.Command[P, R], params P) step {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	})
}

// listen keeps what a developer would see in red in the console.
func (p *page) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *cdplog.EventEntryAdded:
		p.complaints = append(p.complaints, fmt.Sprintf("%s: %s", e.Entry.Source, e.Entry.Text))
	case *runtime.EventExceptionThrown:
		p.complaints = append(p.complaints, "exception: "+e.ExceptionDetails.Text)
	}
}

// clean demands that neither the policy nor the script has failed. A refused connection may be there on purpose.
func (p *page) clean() {
	p.t.Helper()
	for _, complaint := range p.complained() {
		assert.Contains(p.t, complaint, "network: Failed to load resource")
	}
}

func (p *page) complained() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.complaints...)
}

func (p *page) do(steps ...step) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	require.NoError(p.t, chromedp.Do(ctx, steps...))
}

// get runs an action for its value.
func get[T any](p *page, action chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	require.NoError(p.t, err)
	return value
}

// js evaluates an expression.
func js[T any](p *page, expression string) T {
	p.t.Helper()
	return get(p, chromedp.Evaluate[T](expression))
}

// resolved evaluates an expression and waits for its promise.
func resolved[T any](p *page, expression string) T {
	p.t.Helper()
	return get(p, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// sees waits until the page shows this view.
func (p *page) sees(view string) {
	p.t.Helper()
	p.until(fmt.Sprintf("document.body.dataset.view === %q", view))
}

// until waits for a condition, over the end of one page and the beginning of the next.
func (p *page) until(condition string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	for {
		met, err := chromedp.Run(ctx, chromedp.Evaluate[bool](condition))
		if met {
			return
		}
		if ctx.Err() != nil {
			require.Fail(p.t, "never true: "+condition, "%v, the page shows %q, console: %q",
				err, js[string](p, "document.body.innerText"), p.complained())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// text is what an element says.
func (p *page) text(id string) string {
	p.t.Helper()
	return js[string](p, fmt.Sprintf("document.getElementById(%q).textContent", id))
}

// scan reads the code off the screen; empty when there is nothing that can be read.
func (p *page) scan(what string) string {
	p.t.Helper()
	return p.read(get(p, chromedp.Screenshot(chromedp.CSS(what), chromedp.NodeVisible)))
}

func (p *page) read(picture []byte) string {
	p.t.Helper()
	command := exec.CommandContext(p.t.Context(), "zbarimg", "--quiet", "--raw", "-")
	command.Stdin = bytes.NewReader(picture)
	text, err := command.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(text), "\n")
}
