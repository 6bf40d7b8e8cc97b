package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// output collects what several goroutines print.
type output struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}

// running is a webpair that shows its page.
type running struct {
	url    string
	stdout *output
	stop   func() int
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// account makes a client; nil is the demo.
type account = func(...whatspie.Option) (*whatspie.Client, error)

func webpair(account account, args []string, out io.Writer) demo.App {
	return demo.App{Name: "webpair", Args: args, Stdout: out, Stderr: out, Account: account}
}

// with is an account on a server, with any token.
func with(srv *whatspietest.Server, token string) account {
	return func(opts ...whatspie.Option) (*whatspie.Client, error) {
		return whatspie.NewClient(token, append(opts, whatspie.WithBaseURL(srv.URL))...)
	}
}

var printedURL = regexp.MustCompile(`http://127\.0\.0\.1:\d+/[A-Z2-7]{26}/`)

func launch(t *testing.T, account account, args ...string) running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := running{stdout: &output{}}
	ended := make(chan int, 1)
	go func() { ended <- webpair(account, args, r.stdout).Run(ctx, run) }()
	r.stop = func() int {
		cancel()
		return <-ended
	}
	t.Cleanup(cancel)
	require.Eventually(t, func() bool { return printedURL.MatchString(r.stdout.String()) }, 10*time.Second, time.Millisecond)
	r.url = printedURL.FindString(r.stdout.String())
	return r
}

func fetch(t *testing.T, url, host string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	request.Host = host
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { assert.NoError(t, response.Body.Close()) }()
	read, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(read)
}

func TestDemo(t *testing.T) {
	t.Parallel()
	r := launch(t, nil, "-scan-after", "10ms")

	status, page := fetch(t, r.url, "")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, page, "Connect WhatsApp")
	_, events := fetch(t, r.url+"events", "")
	assert.Contains(t, events, `"kind":"connected","title":"Connected","text":"+62 000 0000 0001"`)

	root := regexp.MustCompile(`[A-Z2-7]{26}/`).ReplaceAllString(r.url, "")
	status, _ = fetch(t, root, "")
	assert.Equal(t, http.StatusNotFound, status, "the path is the key")
	status, _ = fetch(t, r.url, "rebound.example:80")
	assert.Equal(t, http.StatusForbidden, status)

	assert.Equal(t, 130, r.stop())
	assert.Contains(t, r.stdout.String(), "built-in demo server")
	assert.Contains(t, r.stdout.String(), "WHATSPIE_API_TOKEN")
}

func TestStopsWhileSomebodyLooks(t *testing.T) {
	t.Parallel()
	r := launch(t, nil, "-id", "7")
	time.AfterFunc(100*time.Millisecond, func() { r.stop() })
	_, events := fetch(t, r.url+"events", "")
	assert.Contains(t, events, `"kind":"code"`)
}

func TestAccount(t *testing.T) {
	t.Parallel()
	srv := whatspietest.NewServer(whatspietest.WithDeviceLimit(1))
	t.Cleanup(srv.Close)
	ours := with(srv, srv.Token)

	r := launch(t, ours, "-name", "Support", "-package", "BUSINESS")
	device, ok := srv.Device(1)
	require.True(t, ok)
	assert.Equal(t, "Support", device.Name)
	assert.Equal(t, whatspie.PackageBusiness, device.Package.Code)
	assert.NotContains(t, r.stdout.String(), "demo")
	assert.Equal(t, 130, r.stop())

	r = launch(t, ours, "-id", "1")
	assert.Equal(t, 130, r.stop())

	failures := map[string]struct {
		args []string
		code int
		want string
	}{
		"no device named": {nil, 2, "usage: which device?"},
		"scan a real one": {[]string{"-id", "1", "-scan-after", "1s"}, 2, "a real code needs a real phone"},
		"bad package":     {[]string{"-name", "x", "-package", "GOLD"}, 1, "The catalogue: BETA"},
		"plan full":       {[]string{"-name", "x"}, 1, "The plan allows no more devices"},
		"port taken":      {[]string{"-id", "1", "-addr", srv.URL[len("http://"):]}, 1, "address already in use"},
	}
	for name, failure := range failures {
		var stderr output
		assert.Equal(t, failure.code, webpair(ours, failure.args, &stderr).Run(t.Context(), run), name)
		assert.Contains(t, stderr.String(), failure.want, name)
	}
	var stderr output
	assert.Equal(t, 1, webpair(with(srv, "another-token"), []string{"-name", "x"}, &stderr).Run(t.Context(), run))
	assert.Contains(t, stderr.String(), "The token was refused")
}

func TestUsage(t *testing.T) {
	t.Parallel()
	bad := map[string][]string{
		"an argument":         {"more"},
		"an unknown flag":     {"-verbose"},
		"an open address":     {"-addr", "0.0.0.0:80"},
		"any address":         {"-addr", ":80"},
		"a name":              {"-addr", "dashboard.example:80"},
		"no port":             {"-addr", "127.0.0.1"},
		"id and name":         {"-id", "1", "-name", "x"},
		"a negative id":       {"-id", "-1"},
		"a negative duration": {"-scan-after", "-1s"},
	}
	for name, args := range bad {
		var stderr output
		assert.Equal(t, 2, webpair(nil, args, &stderr).Run(t.Context(), run), name)
		assert.NotEmpty(t, stderr.String(), name)
	}
	var stderr output
	assert.Equal(t, 0, webpair(nil, []string{"-h"}, &stderr).Run(t.Context(), run))
	assert.Contains(t, stderr.String(), "-scan-after")
}

func TestLoopbackNames(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"127.0.0.1:1": true, "127.9.9.9:1": true, "[::1]:1": true, "localhost:1": true,
		"localhost": false, "localhost.example:1": false, "10.0.0.1:1": false, "[::]:1": false, "": false,
	} {
		assert.Equal(t, want, isLoopback(host), host)
	}
	for host, want := range map[string]bool{
		"127.0.0.1": true, "localhost": true, "[::1]": true, "127.0.0.1:1": true, "localhost.example": false, "10.0.0.1": false, "": false,
	} {
		assert.Equal(t, want, isLoopback(withPort(host)), host)
	}
}
