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

// timeout limits each wait of a test, also on a busy machine.
const timeout = 90 * time.Second

// browser returns the context of the Chromium that all tests share. Each test has its own profile.
var browser func() context.Context

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	// Debian installs nginx in a directory that only root has in PATH.
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

// action is a browser action without a result.
type action = chromedp.Action[chromedp.Void]

// page is one tab.
type page struct {
	t     *testing.T
	ctx   context.Context
	close context.CancelFunc

	mu      sync.Mutex
	console []string // errors and warnings
}

// open opens a tab in a new profile.
func open(t *testing.T, url string, before ...action) *page {
	t.Helper()
	p := openIn(browser(), t, chromedp.WithNewBrowserContext())
	p.do(before...)
	p.do(chromedp.Navigate(url))
	return p
}

// openTab opens another tab in the same profile.
func (p *page) openTab(url string) *page {
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
	// No deadline, because the tab would close at it.
	require.NoError(t, chromedp.Do(ctx, call(cdplog.Enable, cdp.Empty{})))
	p.ctx, p.close = ctx, cancel
	return p
}

// call returns the action of a protocol command.
func call[P, R any](command cdp.Command[P, R], params P) action {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	})
}

// listen records console errors and exceptions.
func (p *page) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *cdplog.EventEntryAdded:
		p.console = append(p.console, fmt.Sprintf("%s: %s", e.Entry.Source, e.Entry.Text))
	case *runtime.EventExceptionThrown:
		p.console = append(p.console, "exception: "+e.ExceptionDetails.Text)
	}
}

// assertCleanConsole fails on policy violations and script errors. Tests cause failed connections, so these are allowed.
func (p *page) assertCleanConsole() {
	p.t.Helper()
	for _, entry := range p.consoleErrors() {
		assert.Contains(p.t, entry, "network: Failed to load resource")
	}
}

func (p *page) consoleErrors() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.console...)
}

func (p *page) do(actions ...action) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, timeout)
	defer cancel()
	require.NoError(p.t, chromedp.Do(ctx, actions...))
}

// get runs an action and returns its result.
func get[T any](p *page, a chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, timeout)
	defer cancel()
	value, err := chromedp.Run(ctx, a)
	require.NoError(p.t, err)
	return value
}

// js evaluates an expression.
func js[T any](p *page, expression string) T {
	p.t.Helper()
	return get(p, chromedp.Evaluate[T](expression))
}

// awaited evaluates an expression and waits for its promise.
func awaited[T any](p *page, expression string) T {
	p.t.Helper()
	return get(p, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// waitForView waits until the page shows a view.
func (p *page) waitForView(view string) {
	p.t.Helper()
	p.waitFor(fmt.Sprintf("document.body.dataset.view === %q", view))
}

// waitFor waits until an expression is true. The page may be reloaded meanwhile.
func (p *page) waitFor(condition string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, timeout)
	defer cancel()
	for {
		isTrue, err := chromedp.Run(ctx, chromedp.Evaluate[bool](condition))
		if isTrue {
			return
		}
		if ctx.Err() != nil {
			require.Fail(p.t, "timeout: "+condition, "%v, the page shows %q, console: %q",
				err, js[string](p, "document.body.innerText"), p.consoleErrors())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// text returns the text of an element.
func (p *page) text(id string) string {
	p.t.Helper()
	return js[string](p, fmt.Sprintf("document.getElementById(%q).textContent", id))
}

// scan decodes the QR code in an element as displayed; empty if there is none.
func (p *page) scan(selector string) string {
	p.t.Helper()
	return p.decode(get(p, chromedp.Screenshot(chromedp.CSS(selector), chromedp.NodeVisible)))
}

// decode returns the text of the QR code in a picture, or an empty string.
func (p *page) decode(picture []byte) string {
	p.t.Helper()
	command := exec.CommandContext(p.t.Context(), "zbarimg", "--quiet", "--raw", "-")
	command.Stdin = bytes.NewReader(picture)
	text, err := command.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(text), "\n")
}
