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
	eventually(t, url+"/numbers", `"name":"Sales","phone":"","status":"UNPAIRED"`)
	require.Equal(t, "code", nextKind(t, url+"/numbers/1/pair/events", "waiting"))
	service.kill()

	service, url = startService()
	require.Equal(t, "code", nextKind(t, url+"/numbers/1/pair/events", "waiting"))
	api.kill()
	eventually(t, url+"/metrics", "whatspie_watch_up 0")
	start(t, nil, fake, "-addr", apiAddr, "-control", controlAddr, "-token", "t", "-seed", "Support")
	eventually(t, url+"/metrics", "whatspie_watch_up 1")
	post(t, "http://"+controlAddr+"/devices/1/scan", http.StatusNoContent)
	require.Equal(t, "connected", nextKind(t, url+"/numbers/1/pair/events", "waiting", "code", "finishing"))
	eventually(t, url+"/numbers", `"status":"PAIRED","changes":1}]`) // and Sales is gone

	post(t, url+"/numbers?name=Third&package=STARTUP240K", http.StatusCreated)
	post(t, url+"/numbers?name=&package=STARTUP240K", http.StatusBadRequest)
	eventually(t, url+"/numbers", `"name":"Third"`)
	eventually(t, url+"/metrics", `whatspie_request_duration_seconds_count{operation="GET /devices",status="200"}`)
	assert.NoError(t, service.interrupt(), "graceful shutdown")
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
	_ = p.command.Process.Kill() // may have ended
	_ = p.command.Wait()         // killed
}

func (p *process) interrupt() error {
	if err := p.command.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return p.command.Wait()
}

func eventually(t *testing.T, url, part string) {
	t.Helper()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		response := do(t, http.MethodGet, url)
		if response == nil {
			assert.Fail(c, "no response")
			return
		}
		body, err := io.ReadAll(response.Body)
		assert.NoError(c, err)
		assert.NoError(c, response.Body.Close())
		assert.Contains(c, string(body), part)
	}, patience, 200*time.Millisecond)
}

func post(t *testing.T, url string, status int) {
	t.Helper()
	response := do(t, http.MethodPost, url)
	require.NotNil(t, response)
	require.NoError(t, response.Body.Close())
	require.Equal(t, status, response.StatusCode)
}

func do(t *testing.T, method, url string) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, method, url, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil
	}
	return response
}

// nextKind follows the event stream until it shows a state of another kind than those.
func nextKind(t *testing.T, url string, but ...string) string {
	t.Helper()
	response := do(t, http.MethodGet, url)
	require.NotNil(t, response)
	defer response.Body.Close() //nolint:errcheck // the stream is left in the middle
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, isData := strings.CutPrefix(lines.Text(), "data: ")
		var state struct{ Kind string }
		if isData && json.Unmarshal([]byte(data), &state) == nil && state.Kind != "" && !slices.Contains(but, state.Kind) {
			return state.Kind
		}
	}
	require.Fail(t, "the stream has ended", "%v", lines.Err())
	return ""
}
