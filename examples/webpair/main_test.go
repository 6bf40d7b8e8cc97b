package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
	"github.com/whatspie-go/whatspie/examples/internal/demotest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// running is a webpair that has printed its URL.
type running struct {
	url    string
	stdout *demotest.Buffer
	stop   func() int
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// account returns a client for the account. If it is nil, webpair uses a fake of the API.
type account = func(...whatspie.Option) (*whatspie.Client, error)

func webpair(account account, args []string, out io.Writer) demo.App {
	return demo.App{Name: "webpair", Args: args, Stdout: out, Stderr: out, Account: account}
}

// accountOn returns an account on a server.
func accountOn(srv *whatspietest.Server, token string) account {
	return func(opts ...whatspie.Option) (*whatspie.Client, error) {
		return whatspie.NewClient(token, append(opts, whatspie.WithBaseURL(srv.URL))...)
	}
}

var printedURL = regexp.MustCompile(`http://127\.0\.0\.1:\d+/[A-Z2-7]{26}/`)

func launch(t *testing.T, account account, args ...string) running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := running{stdout: &demotest.Buffer{}}
	ended := make(chan int, 1)
	go func() { ended <- webpair(account, args, r.stdout).Run(ctx, run) }()
	r.stop = func() int {
		cancel()
		return <-ended
	}
	t.Cleanup(cancel)
	isPrinted := func() bool { return printedURL.MatchString(r.stdout.String()) }
	require.Eventually(t, isPrinted, time.Minute, time.Millisecond)
	r.url = printedURL.FindString(r.stdout.String())
	return r
}

func TestWebpair_withFake(t *testing.T) {
	t.Parallel()
	r := launch(t, nil, "-scan-after", "10ms")

	status, page := demotest.Fetch(t, r.url, "")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, page, "Connect WhatsApp")
	_, events := demotest.Fetch(t, r.url+"events", "")
	assert.Contains(t, events, `"kind":"connected","title":"Connected","text":"+62 000 0000 0001"`)

	root := regexp.MustCompile(`[A-Z2-7]{26}/`).ReplaceAllString(r.url, "")
	status, _ = demotest.Fetch(t, root, "")
	assert.Equal(t, http.StatusNotFound, status, "the path is secret")
	status, _ = demotest.Fetch(t, r.url, "rebound.example:80")
	assert.Equal(t, http.StatusForbidden, status)

	assert.Equal(t, 130, r.stop())
	assert.Contains(t, r.stdout.String(), "a fake of the API")
	assert.Contains(t, r.stdout.String(), "WHATSPIE_API_TOKEN")
}

func TestWebpair_stopsWhilePageIsOpen(t *testing.T) {
	t.Parallel()
	r := launch(t, nil, "-id", "7")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"events", http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { assert.NoError(t, response.Body.Close()) }()
	events := bufio.NewScanner(response.Body)
	for !strings.Contains(events.Text(), `"kind":"code"`) {
		require.True(t, events.Scan())
	}
	assert.Equal(t, 130, r.stop())
}

func TestWebpair_withAccount(t *testing.T) {
	t.Parallel()
	srv := whatspietest.NewServer(whatspietest.WithDeviceLimit(1))
	t.Cleanup(srv.Close)
	account := accountOn(srv, srv.Token)

	r := launch(t, account, "-name", "Support", "-package", "BUSINESS")
	device, ok := srv.Device(1)
	require.True(t, ok)
	assert.Equal(t, "Support", device.Name)
	assert.Equal(t, whatspie.PackageBusiness, device.Package.Code)
	assert.NotContains(t, r.stdout.String(), "fake")
	assert.Equal(t, 130, r.stop())

	r = launch(t, account, "-id", "1")
	assert.Equal(t, 130, r.stop())

	const whichDevice = "which device? Give -id, or both -name and -package to create one, which costs money\n"
	failures := map[string]struct {
		args []string
		code int
		want string
	}{
		"no device":    {nil, 2, whichDevice},
		"only name":    {[]string{"-name", "x"}, 2, whichDevice},
		"only package": {[]string{"-package", "BETA"}, 2, whichDevice},
		"scan-after":   {[]string{"-id", "1", "-scan-after", "1s"}, 2, "works only with the fake"},
		"bad package":  {[]string{"-name", "x", "-package", "GOLD"}, 1, "The documented packages are BETA"},
		"device limit": {[]string{"-name", "x", "-package", "BETA"}, 1, "The account has reached its device limit"},
		"port taken":   {[]string{"-id", "1", "-addr", srv.URL[len("http://"):]}, 1, "address already in use"},
	}
	for name, failure := range failures {
		var stderr demotest.Buffer
		assert.Equal(t, failure.code, webpair(account, failure.args, &stderr).Run(t.Context(), run), name)
		assert.Contains(t, stderr.String(), failure.want, name)
	}
	var stderr demotest.Buffer
	assert.Equal(t, 1, webpair(accountOn(srv, "another-token"), []string{"-name", "x", "-package", "BETA"}, &stderr).Run(t.Context(), run))
	assert.Contains(t, stderr.String(), "The API rejected the token")
}

func TestWebpair_usage(t *testing.T) {
	t.Parallel()
	bad := map[string][]string{
		"argument":          {"more"},
		"unknown flag":      {"-verbose"},
		"all interfaces":    {"-addr", "0.0.0.0:80"},
		"no host":           {"-addr", ":80"},
		"other host name":   {"-addr", "dashboard.example:80"},
		"no port":           {"-addr", "127.0.0.1"},
		"id and name":       {"-id", "1", "-name", "x"},
		"id and package":    {"-id", "1", "-package", "BETA"},
		"negative id":       {"-id", "-1"},
		"negative duration": {"-scan-after", "-1s"},
	}
	for name, args := range bad {
		var stderr demotest.Buffer
		assert.Equal(t, 2, webpair(nil, args, &stderr).Run(t.Context(), run), name)
		assert.NotEmpty(t, stderr.String(), name)
	}
	var stderr demotest.Buffer
	assert.Equal(t, 0, webpair(nil, []string{"-h"}, &stderr).Run(t.Context(), run))
	assert.Contains(t, stderr.String(), "-scan-after")
}

func TestIsLoopback(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"127.0.0.1:1": true, "127.9.9.9:1": true, "[::1]:1": true, "localhost:1": true,
		"localhost": false, "localhost.example:1": false, "10.0.0.1:1": false, "[::]:1": false, "": false,
	} {
		assert.Equal(t, want, isLoopback(host), host)
	}
	for host, want := range map[string]bool{
		"127.0.0.1": true, "localhost": true, "[::1]": true, "127.0.0.1:1": true,
		"localhost.example": false, "10.0.0.1": false, "": false,
	} {
		assert.Equal(t, want, isLoopback(withPort(host)), host)
	}
}
