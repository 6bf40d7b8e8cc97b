package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

// patience is how long the test waits for anything.
const patience = 30 * time.Second

// TestTakeover kills the replica that watches after the API has shown it changes and before it can publish them, then ends
// its successor as a deployment does. What the replicas handled has to be what the API showed.
func TestTakeover(t *testing.T) {
	t.Parallel()
	f := startFleet(t, 3)
	for id := 1; id <= 4; id++ {
		f.waitFor(t, fmt.Sprintf("device=%d change=1 from= to=UNPAIRED", id))
	}
	f.control(t, http.MethodPost, "/devices/1/scan")
	f.waitFor(t, "device=1 change=2 from=UNPAIRED to=PAIRED")
	f.waitUntilIdle(t)

	holder, killed := f.holder(t), make(chan time.Time, 1)
	f.api.beforeNews(func() {
		stop(holder)
		killed <- time.Now()
	})
	f.control(t, http.MethodPost, "/devices/1/disconnect")
	f.control(t, http.MethodPost, "/devices/2/scan")
	f.control(t, http.MethodDelete, "/devices/3")
	f.waitFor(t, "device=1 change=3 from=PAIRED to=UNPAIRED")
	assert.Less(t, time.Since(<-killed), 10*time.Second, "the takeover")
	f.waitFor(t, "device=2 change=2 from=UNPAIRED to=PAIRED")
	f.waitFor(t, "device=3 change=2 from=UNPAIRED to=REMOVED")

	holder = f.holder(t)
	require.NoError(t, holder.Process.Signal(os.Interrupt))
	f.control(t, http.MethodPost, "/devices/4/scan")
	require.NoError(t, holder.Wait())
	f.waitFor(t, "device=4 change=2 from=UNPAIRED to=PAIRED")
	f.control(t, http.MethodPost, "/devices/4/suspend")
	f.waitFor(t, "device=4 change=3 from=PAIRED to=SUSPENDED")

	assert.Equal(t, f.api.transitions(), f.handled(), "each change that the API showed is handled once")
}

// fleet is some replicas, the API that they watch, and what they print.
type fleet struct {
	api        *recorder
	controlURL string
	lease      jetstream.KeyValue
	consumer   jetstream.Consumer
	replicas   map[string]*exec.Cmd
	output     output
}

func startFleet(t *testing.T, size int) *fleet {
	t.Helper()
	bin := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin, ".", "github.com/whatspie-go/whatspie/cmd/whatspie-fake")
	built, err := build.CombinedOutput()
	require.NoError(t, err, string(built))

	apiURL, controlURL := startFake(t, filepath.Join(bin, "whatspie-fake"))
	js, natsURL := startJetStream(t)
	f := &fleet{api: newRecorder(t, apiURL), controlURL: controlURL, replicas: map[string]*exec.Cmd{}}
	for i := range size {
		name := fmt.Sprintf("replica-%d", i)
		command := exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(bin, "fleet"),
			"-name", name, "-nats", natsURL, "-poll", "1s")
		command.Env = append(command.Environ(), "WHATSPIE_API_TOKEN=fleet-token", "WHATSPIE_BASE_URL="+f.api.url)
		command.Stdout, command.Stderr = &f.output, t.Output()
		require.NoError(t, command.Start())
		t.Cleanup(func() { stop(command) })
		f.replicas[name] = command
	}
	f.waitFor(t, "device=1 ")
	f.lease, err = js.KeyValue(t.Context(), leaseBucket)
	require.NoError(t, err)
	f.consumer, err = js.Consumer(t.Context(), streamName, consumerName)
	require.NoError(t, err)
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
	urls := regexp.MustCompile(`\bapi=(http://[0-9.:]+) .*control=(http://[0-9.:]+)`)
	lines := bufio.NewScanner(logs)
	for lines.Scan() {
		if found := urls.FindStringSubmatch(lines.Text()); found != nil {
			go func() { _, _ = io.Copy(io.Discard, logs) }() // exits with the process
			return found[1], found[2]
		}
	}
	require.Fail(t, "whatspie-fake has logged no address")
	return "", ""
}

func startJetStream(t *testing.T) (js jetstream.JetStream, natsURL string) {
	t.Helper()
	server, err := startNATS(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { server.Shutdown(); server.WaitForShutdown() })
	conn, err := nats.Connect(server.ClientURL())
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	js, err = jetstream.New(conn)
	require.NoError(t, err)
	return js, server.ClientURL()
}

// stop returns when the process is dead.
func stop(command *exec.Cmd) {
	_ = command.Process.Kill() // may have exited already
	_ = command.Wait()         // killed
}

// holder is the replica that watches.
func (f *fleet) holder(t *testing.T) *exec.Cmd {
	t.Helper()
	holder, err := f.lease.Get(t.Context(), leaseKey)
	require.NoError(t, err)
	return f.replicas[string(holder.Value())]
}

// waitUntilIdle waits until no replica has a change in hand: one that dies then leaves nothing to handle twice.
func (f *fleet) waitUntilIdle(t *testing.T) {
	t.Helper()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		info, err := f.consumer.Info(t.Context())
		require.NoError(c, err)
		assert.Zero(c, info.NumPending+uint64(info.NumAckPending)) //nolint:gosec // a count
	}, patience, 50*time.Millisecond)
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
	require.Eventually(t, func() bool { return strings.Contains("\n"+f.output.String(), "\n"+prefix) },
		patience, 50*time.Millisecond, prefix)
}

// handled are the states of each device in the order of their numbers; one that was handled twice stands twice.
func (f *fleet) handled() map[int64][]string {
	var all []change
	for line := range strings.Lines(f.output.String()) {
		var c change
		if _, err := fmt.Sscanf(line, "device=%d change=%d", &c.Device, &c.Number); err == nil {
			_, to, _ := strings.Cut(line, " to=")
			status, _, _ := strings.Cut(to, " ")
			c.Status = whatspie.PairedStatus(status)
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b change) int { return cmp.Compare(a.Number, b.Number) })
	handled := map[int64][]string{}
	for _, c := range all {
		handled[c.Device] = append(handled[c.Device], string(c.Status))
	}
	return handled
}

// output collects what several processes print.
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

// recorder is a proxy before the API that notes what each list shows.
type recorder struct {
	url string

	mu    sync.Mutex
	shown map[int64][]string
	hook  func()
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

// beforeNews calls the hook once, before the next list with something new is passed on.
func (r *recorder) beforeNews(hook func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hook = hook
}

func (r *recorder) note(response *http.Response) error {
	if response.Request.URL.Path != "/devices" {
		return nil
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	var list struct {
		Data []struct {
			ID     int64  `json:"id"`
			Status string `json:"paired_status"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := map[int64]string{}
	for id := range r.shown {
		now[id] = string(statusRemoved)
	}
	for _, device := range list.Data {
		now[device.ID] = device.Status
	}
	news := false
	for id, status := range now {
		if states := r.shown[id]; len(states) == 0 || states[len(states)-1] != status {
			r.shown[id] = append(states, status)
			news = true
		}
	}
	if news && r.hook != nil {
		r.hook()
		r.hook = nil
	}
	return nil
}

func (r *recorder) transitions() map[int64][]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.shown
}
