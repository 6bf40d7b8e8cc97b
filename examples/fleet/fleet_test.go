package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// patience is how long the test waits for anything: a takeover takes up to ten seconds.
const patience = 30 * time.Second

// TestTakeover kills the replica that watches while devices pair, drop and go, and compares what arrived at the others
// with what the API showed.
func TestTakeover(t *testing.T) {
	t.Parallel()
	f := startFleet(t, 3)
	for id := 1; id <= 4; id++ {
		f.waitFor(t, fmt.Sprintf("device=%d change=1 from=- to=UNPAIRED", id))
	}
	f.control(t, http.MethodPost, "/devices/1/scan")
	f.waitFor(t, "device=1 change=2 from=UNPAIRED to=PAIRED")

	killed := time.Now()
	f.killHolder(t)
	f.control(t, http.MethodPost, "/devices/1/disconnect")
	f.control(t, http.MethodPost, "/devices/2/scan")
	f.control(t, http.MethodDelete, "/devices/3")

	f.waitFor(t, "device=1 change=3 from=PAIRED to=UNPAIRED")
	assert.Less(t, time.Since(killed), 10*time.Second, "the takeover")
	f.waitFor(t, "device=2 change=2 from=UNPAIRED to=PAIRED")
	f.waitFor(t, "device=3 change=2 from=UNPAIRED to=REMOVED")
	f.control(t, http.MethodPost, "/devices/4/scan")
	f.waitFor(t, "device=4 change=2 from=UNPAIRED to=PAIRED")
	f.control(t, http.MethodPost, "/devices/4/suspend")
	f.waitFor(t, "device=4 change=3 from=PAIRED to=SUSPENDED")

	shown, handled := f.api.transitions(), f.handled()
	assert.Equal(t, shown, handled, "each change that the API showed is handled once")
}

// fleet is some replicas, the API that they watch, and what they handled.
type fleet struct {
	api        *recorder
	controlURL string
	lease      jetstream.KeyValue
	replicas   map[string]*exec.Cmd

	mu    sync.Mutex
	lines []string
}

func startFleet(t *testing.T, size int) *fleet {
	t.Helper()
	bin := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin, ".", "github.com/whatspie-go/whatspie/cmd/whatspie-fake")
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))

	f := &fleet{replicas: map[string]*exec.Cmd{}}
	apiURL, controlURL := startFake(t, filepath.Join(bin, "whatspie-fake"))
	f.controlURL = controlURL
	f.api = newRecorder(t, apiURL)

	server, err := startNATS(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { server.Shutdown(); server.WaitForShutdown() })
	for i := range size {
		name := fmt.Sprintf("replica-%d", i)
		command := exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(bin, "fleet"),
			"-name", name, "-nats", server.ClientURL(), "-poll", "1s")
		command.Env = append(command.Environ(), "WHATSPIE_API_TOKEN=fleet-token", "WHATSPIE_BASE_URL="+f.api.url)
		f.follow(t, command)
		f.replicas[name] = command
	}
	f.lease = openLease(t, server.ClientURL())
	return f
}

// startFake runs whatspie-fake as a process, with four devices.
func startFake(t *testing.T, program string) (apiURL, controlURL string) {
	t.Helper()
	command := exec.CommandContext(context.WithoutCancel(t.Context()), program,
		"-addr", "127.0.0.1:0", "-control", "127.0.0.1:0", "-token", "fleet-token", "-seed", "One,Two,Three,Four")
	logs, err := command.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { stop(command) })
	found := regexp.MustCompile(`(api|control)=(http://[0-9.:]+)`)
	lines := bufio.NewScanner(logs)
	for (apiURL == "" || controlURL == "") && lines.Scan() {
		for _, match := range found.FindAllStringSubmatch(lines.Text(), -1) {
			if match[1] == "api" {
				apiURL = match[2]
			} else {
				controlURL = match[2]
			}
		}
	}
	require.NotEmpty(t, apiURL)
	require.NotEmpty(t, controlURL)
	go func() { _, _ = io.Copy(io.Discard, logs) }() // ends with the process
	return apiURL, controlURL
}

func stop(command *exec.Cmd) {
	_ = command.Process.Kill() // may have ended already
	_ = command.Wait()         // killed
}

// follow starts a replica and collects the lines it prints.
func (f *fleet) follow(t *testing.T, command *exec.Cmd) {
	t.Helper()
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	command.Stderr = t.Output()
	require.NoError(t, command.Start())
	done := make(chan struct{})
	t.Cleanup(func() { stop(command); <-done })
	go func() {
		defer close(done)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			f.mu.Lock()
			f.lines = append(f.lines, lines.Text())
			f.mu.Unlock()
		}
	}()
}

func openLease(t *testing.T, natsURL string) jetstream.KeyValue {
	t.Helper()
	conn, err := nats.Connect(natsURL)
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	var lease jetstream.KeyValue
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		lease, err = js.KeyValue(t.Context(), leaseBucket)
		assert.NoError(c, err)
	}, patience, 100*time.Millisecond)
	return lease
}

func (f *fleet) killHolder(t *testing.T) {
	t.Helper()
	holder, err := f.lease.Get(t.Context(), leaseKey)
	require.NoError(t, err)
	require.NoError(t, f.replicas[string(holder.Value())].Process.Kill())
}

func (f *fleet) control(t *testing.T, method, path string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, f.controlURL+path, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusNoContent, response.StatusCode)
}

// waitFor waits until a replica has printed a line that begins so.
func (f *fleet) waitFor(t *testing.T, prefix string) {
	t.Helper()
	require.Eventually(t, func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		return slices.ContainsFunc(f.lines, func(line string) bool { return len(line) >= len(prefix) && line[:len(prefix)] == prefix })
	}, patience, 50*time.Millisecond, prefix)
}

// handled are the states of each device in the order of their numbers; one that was handled twice stands twice.
func (f *fleet) handled() map[int64][]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	type state struct {
		number int
		status string
	}
	states := map[int64][]state{}
	for _, line := range f.lines {
		var id int64
		var number int
		var from, to string
		if _, err := fmt.Sscanf(line, "device=%d change=%d from=%s to=%s", &id, &number, &from, &to); err == nil {
			states[id] = append(states[id], state{number, to})
		}
	}
	handled := map[int64][]string{}
	for id, all := range states {
		slices.SortStableFunc(all, func(a, b state) int { return a.number - b.number })
		for _, one := range all {
			handled[id] = append(handled[id], one.status)
		}
	}
	return handled
}

// recorder is a proxy before the API that notes what each list shows.
type recorder struct {
	url string

	mu    sync.Mutex
	shown map[int64][]string
}

func newRecorder(t *testing.T, apiURL string) *recorder {
	t.Helper()
	target, err := url.Parse(apiURL)
	require.NoError(t, err)
	r := &recorder{shown: map[int64][]string{}}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = r.note
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

func (r *recorder) note(response *http.Response) error {
	if response.Request.URL.Path != "/devices" {
		return nil
	}
	var list struct {
		Data []struct {
			ID     int64  `json:"id"`
			Status string `json:"paired_status"`
		} `json:"data"`
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if err := json.Unmarshal(body, &list); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := map[int64]string{}
	for _, device := range list.Data {
		now[device.ID] = device.Status
	}
	for id := range r.shown {
		if now[id] == "" {
			now[id] = "REMOVED"
		}
	}
	for id, status := range now {
		if states := r.shown[id]; len(states) == 0 || states[len(states)-1] != status {
			r.shown[id] = append(states, status)
		}
	}
	return nil
}

func (r *recorder) transitions() map[int64][]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.shown
}
