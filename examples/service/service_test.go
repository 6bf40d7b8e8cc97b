package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const patience = 30 * time.Second

// TestServiceOutlivesRestarts pairs a device over the page's event stream, with the service and then the API killed and
// started again in the middle.
func TestServiceOutlivesRestarts(t *testing.T) {
	t.Parallel()
	bin, db := t.TempDir(), filepath.Join(t.TempDir(), "numbers.db")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin, ".", "github.com/whatspie-go/whatspie/cmd/whatspie-fake")
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))
	fake := filepath.Join(bin, "whatspie-fake")
	api := start(t, nil, fake, "-addr", "127.0.0.1:0", "-control", "127.0.0.1:0", "-token", "t", "-seed", "Support,Sales")
	apiAddr, controlAddr := api.address(t, "api"), api.address(t, "control")
	environment := []string{"WHATSPIE_API_TOKEN=t", "WHATSPIE_BASE_URL=http://" + apiAddr}
	startService := func() (*process, string) {
		p := start(t, environment, filepath.Join(bin, "service"), "-addr", "127.0.0.1:0", "-db", db)
		return p, "http://" + p.address(t, "url")
	}

	service, url := startService()
	before := eventually(t, url+"/numbers", `"name":"Sales","phone":"","status":"UNPAIRED"`)
	require.Equal(t, "code", follow(t, url+"/numbers/1/pair/events").next(t, "waiting"))
	service.kill()

	service, url = startService()
	eventually(t, url+"/metrics", "\nwhatspie_up 1\n")
	assert.Equal(t, before, eventually(t, url+"/numbers", ""), "a restart changes no status")
	require.Equal(t, "code", follow(t, url+"/numbers/1/pair/events").next(t, "waiting"))
	api.kill()
	eventually(t, url+"/metrics", "\nwhatspie_up 0\n")
	start(t, nil, fake, "-addr", apiAddr, "-control", controlAddr, "-token", "t", "-seed", "Support").address(t, "control")
	eventually(t, url+"/metrics", "\nwhatspie_up 1\n")
	post(t, "http://"+controlAddr+"/devices/1/scan")
	require.Equal(t, "connected", follow(t, url+"/numbers/1/pair/events").next(t, "waiting", "code", "finishing"))
	after := eventually(t, url+"/numbers", `"status":"PAIRED"`)
	assert.NotContains(t, after, "Sales", "was removed")
	eventually(t, url+"/metrics", `whatspie_request_duration_seconds_count{code="200",operation="GET /devices"}`)

	post(t, "http://"+controlAddr+"/devices/1/disconnect")
	eventually(t, url+"/numbers", `"status":"UNPAIRED"`)
	page := follow(t, url+"/numbers/1/pair/events")
	require.Equal(t, "code", page.next(t, "waiting"))
	require.NoError(t, service.command.Process.Signal(os.Interrupt))
	_, err = io.Copy(io.Discard, page.body)
	require.NoError(t, err, "the page's stream ends in order")
	assert.NoError(t, service.command.Wait())
}

// process is a program under test, and what it has logged until its addresses were found.
type process struct {
	command *exec.Cmd
	logs    *bufio.Scanner
	read    string
}

func start(t *testing.T, environment []string, program string, args ...string) *process {
	t.Helper()
	command := exec.CommandContext(context.WithoutCancel(t.Context()), program, args...)
	command.Env = append(command.Environ(), environment...)
	logs, err := command.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	p := &process{command: command, logs: bufio.NewScanner(logs)}
	t.Cleanup(p.kill)
	return p
}

// address is the host and port that the program logs under a name.
func (p *process) address(t *testing.T, name string) string {
	t.Helper()
	named := regexp.MustCompile(`\b` + name + `=http://([0-9.:]+)`)
	for named.FindString(p.read) == "" {
		require.True(t, p.logs.Scan(), "the program has ended: %s", p.read)
		p.read += p.logs.Text() + "\n"
	}
	return named.FindStringSubmatch(p.read)[1]
}

func (p *process) kill() {
	_ = p.command.Process.Kill() // may have exited already
	_ = p.command.Wait()         // killed
}

// eventually asks until the body contains a part, and returns the body.
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
	}, patience, 200*time.Millisecond)
	return body
}

func post(t *testing.T, url string) {
	t.Helper()
	response, err := do(t, http.MethodPost, url)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusNoContent, response.StatusCode)
}

func do(t *testing.T, method, url string) (*http.Response, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, method, url, nil)
	require.NoError(t, err)
	return http.DefaultClient.Do(request)
}

// stream is what a browser reads on the pairing page.
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

// next returns the kind of the next state that is none of these.
func (s *stream) next(t *testing.T, but ...string) string {
	t.Helper()
	for s.lines.Scan() {
		data, isData := strings.CutPrefix(s.lines.Text(), "data: ")
		var state struct {
			Kind string `json:"kind"`
		}
		if isData && json.Unmarshal([]byte(data), &state) == nil && state.Kind != "" && !slices.Contains(but, state.Kind) {
			return state.Kind
		}
	}
	require.Fail(t, "the stream has ended", "%v", s.lines.Err())
	return ""
}
