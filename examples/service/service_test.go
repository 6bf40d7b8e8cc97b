package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/examples/internal/demotest"
)

// timeout limits each wait of the test.
const timeout = 30 * time.Second

// TestService_survivesRestarts pairs a device over the event stream of its page. Meanwhile the service is killed and
// restarted, and then the API.
func TestService_survivesRestarts(t *testing.T) {
	t.Parallel()
	bin, db := demotest.Build(t, ".", demotest.FakeServer), filepath.Join(t.TempDir(), "numbers.db")
	fake := filepath.Join(bin, "whatspie-fake")
	api := demotest.Start(t, nil, fake,
		"-addr", "127.0.0.1:0", "-control", "127.0.0.1:0", "-token", "t", "-seed", "Support,Sales")
	apiAddr, controlAddr := api.Address(t, "api"), api.Address(t, "control")
	environment := []string{"WHATSPIE_API_TOKEN=t", "WHATSPIE_BASE_URL=http://" + apiAddr}
	startService := func() (*demotest.Daemon, string) {
		d := demotest.Start(t, environment, filepath.Join(bin, "service"), "-addr", "127.0.0.1:0", "-db", db)
		return d, "http://" + d.Address(t, "url")
	}

	service, url := startService()
	before := eventually(t, url+"/numbers", `"name":"Sales","phone":"","status":"UNPAIRED"`)
	require.Equal(t, "code", follow(t, url+"/numbers/1/pair/events").next(t, "waiting"))
	service.Kill()

	service, url = startService()
	eventually(t, url+"/metrics", "\nwhatspie_up 1\n")
	assert.Equal(t, before, eventually(t, url+"/numbers", ""), "a restart changes no status")
	require.Equal(t, "code", follow(t, url+"/numbers/1/pair/events").next(t, "waiting"))
	api.Kill()
	eventually(t, url+"/metrics", "\nwhatspie_up 0\n")
	api = demotest.Start(t, nil, fake, "-addr", apiAddr, "-control", controlAddr, "-token", "t", "-seed", "Support")
	api.Address(t, "control")
	eventually(t, url+"/metrics", "\nwhatspie_up 1\n")
	demotest.Control(t, http.MethodPost, "http://"+controlAddr+"/devices/1/scan")
	require.Equal(t, "connected", follow(t, url+"/numbers/1/pair/events").next(t, "waiting", "code", "finishing"))
	after := eventually(t, url+"/numbers", `"status":"PAIRED"`)
	assert.NotContains(t, after, "Sales", "Sales was removed")
	eventually(t, url+"/metrics", `whatspie_request_duration_seconds_count{code="200",operation="GET /devices"}`)

	demotest.Control(t, http.MethodPost, "http://"+controlAddr+"/devices/1/disconnect")
	eventually(t, url+"/numbers", `"status":"UNPAIRED"`)
	page := follow(t, url+"/numbers/1/pair/events")
	require.Equal(t, "code", page.next(t, "waiting"))
	require.NoError(t, service.Cmd.Process.Signal(os.Interrupt))
	_, err := io.Copy(io.Discard, page.body)
	require.NoError(t, err, "the event stream ends without an error")
	assert.NoError(t, service.Cmd.Wait())
}

func TestService_help(t *testing.T) {
	t.Parallel()
	assert.Regexp(t, `^service monitors (?s:.*)\n\nusage: service \[flags\]\n  -addr`, demotest.Help(t, "service"))
}

// eventually requests a URL until the body contains a part, and returns the body.
func eventually(t *testing.T, url, part string) string {
	t.Helper()
	var body string
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		response, err := do(t, http.MethodGet, url)
		require.NoError(c, err)
		defer response.Body.Close() //nolint:errcheck // read to its end
		all, err := io.ReadAll(response.Body)
		require.NoError(c, err)
		body = string(all)
		require.Contains(c, body, part)
	}, timeout, 200*time.Millisecond)
	return body
}

func do(t *testing.T, method, url string) (*http.Response, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, method, url, nil)
	require.NoError(t, err)
	return http.DefaultClient.Do(request)
}

// stream is the event stream of a pairing page.
type stream struct {
	body  io.ReadCloser
	lines *bufio.Scanner
}

func follow(t *testing.T, url string) *stream {
	t.Helper()
	response, err := do(t, http.MethodGet, url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = response.Body.Close() }) // the last line may be incomplete
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	return &stream{response.Body, lines}
}

// next returns the kind of the next state, without the ignored ones.
func (s *stream) next(t *testing.T, ignored ...string) string {
	t.Helper()
	for s.lines.Scan() {
		data, isData := strings.CutPrefix(s.lines.Text(), "data: ")
		var state struct {
			Kind string `json:"kind"`
		}
		isState := isData && json.Unmarshal([]byte(data), &state) == nil && state.Kind != ""
		if isState && !slices.Contains(ignored, state.Kind) {
			return state.Kind
		}
	}
	require.Fail(t, "the stream ended", "%v", s.lines.Err())
	return ""
}
