package main

import (
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
	"github.com/whatspie-go/whatspie/examples/internal/demotest"
)

// timeout limits each wait of the test.
const timeout = 30 * time.Second

// TestFleet_takeover kills the replica that watches after it has received changes and before it can publish them. It
// then stops the next holder, as a deployment does. The replicas must handle all changes that the API reported.
func TestFleet_takeover(t *testing.T) {
	t.Parallel()
	f := startFleet(t, 3)
	for id := 1; id <= 4; id++ {
		f.waitFor(t, fmt.Sprintf("device=%d change=1 from= to=UNPAIRED", id))
	}
	f.control(t, http.MethodPost, "/devices/1/scan")
	f.waitFor(t, "device=1 change=2 from=UNPAIRED to=PAIRED")
	f.waitUntilIdle(t)

	holder, killed := f.holder(t), make(chan time.Time, 1)
	f.api.beforeChange(func() {
		demotest.Kill(holder)
		killed <- time.Now()
	})
	f.control(t, http.MethodPost, "/devices/1/disconnect")
	f.control(t, http.MethodPost, "/devices/2/scan")
	f.control(t, http.MethodDelete, "/devices/3")
	f.waitFor(t, "device=1 change=3 from=PAIRED to=UNPAIRED")
	assert.Less(t, time.Since(<-killed), 20*time.Second, "time to take over")
	f.waitFor(t, "device=2 change=2 from=UNPAIRED to=PAIRED")
	f.waitFor(t, "device=3 change=2 from=UNPAIRED to=REMOVED")

	holder = f.holder(t)
	require.NoError(t, holder.Process.Signal(os.Interrupt))
	f.control(t, http.MethodPost, "/devices/4/scan")
	require.NoError(t, holder.Wait())
	f.waitFor(t, "device=4 change=2 from=UNPAIRED to=PAIRED")
	f.control(t, http.MethodPost, "/devices/4/suspend")
	f.waitFor(t, "device=4 change=3 from=PAIRED to=SUSPENDED")

	assert.Equal(t, f.api.changes(), f.handled(), "each change is handled once")
}

// fleet is a set of replicas, the API that they watch, and their output.
type fleet struct {
	api        *recorder
	controlURL string
	lease      jetstream.KeyValue
	consumer   jetstream.Consumer
	replicas   map[string]*exec.Cmd
	output     demotest.Buffer
}

func startFleet(t *testing.T, size int) *fleet {
	t.Helper()
	bin := demotest.Build(t, ".", demotest.FakeServer)
	fake := demotest.Start(t, nil, filepath.Join(bin, "whatspie-fake"),
		"-addr", "127.0.0.1:0", "-control", "127.0.0.1:0", "-token", "fleet-token", "-seed", "One,Two,Three,Four")
	apiURL, controlURL := "http://"+fake.Address(t, "api"), "http://"+fake.Address(t, "control")
	js, natsURL := startJetStream(t)
	f := &fleet{api: newRecorder(t, apiURL), controlURL: controlURL, replicas: map[string]*exec.Cmd{}}
	for i := range size {
		name := fmt.Sprintf("replica-%d", i)
		command := exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(bin, "fleet"),
			"-name", name, "-nats", natsURL, "-poll", "1s")
		command.Env = append(command.Environ(), "WHATSPIE_API_TOKEN=fleet-token", "WHATSPIE_BASE_URL="+f.api.url)
		command.Stdout, command.Stderr = &f.output, t.Output()
		require.NoError(t, command.Start())
		t.Cleanup(func() { demotest.Kill(command) })
		f.replicas[name] = command
	}
	f.waitFor(t, "device=1 ")
	var err error
	f.lease, err = js.KeyValue(t.Context(), leaseBucket)
	require.NoError(t, err)
	f.consumer, err = js.Consumer(t.Context(), streamName, consumerName)
	require.NoError(t, err)
	return f
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

// holder returns the process of the replica that watches.
func (f *fleet) holder(t *testing.T) *exec.Cmd {
	t.Helper()
	holder, err := f.lease.Get(t.Context(), leaseKey)
	require.NoError(t, err)
	return f.replicas[string(holder.Value())]
}

// waitUntilIdle waits until all changes are handled, so that killing a replica causes no change to be handled twice.
func (f *fleet) waitUntilIdle(t *testing.T) {
	t.Helper()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		info, err := f.consumer.Info(t.Context())
		require.NoError(c, err)
		assert.Zero(c, info.NumPending+uint64(info.NumAckPending)) //nolint:gosec // a count
	}, timeout, 50*time.Millisecond)
}

func (f *fleet) control(t *testing.T, method, path string) {
	t.Helper()
	demotest.Control(t, method, f.controlURL+path)
}

// waitFor waits until a replica has printed a line with this prefix.
func (f *fleet) waitFor(t *testing.T, prefix string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains("\n"+f.output.String(), "\n"+prefix) },
		timeout, 50*time.Millisecond, prefix)
}

// handled returns the statuses of each device in the order of their numbers, including those that were handled twice.
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

// recorder is a proxy of the API that records the changes of the listed devices.
type recorder struct {
	url string

	mu       sync.Mutex
	statuses map[int64][]string // by device, in order
	hook     func()
}

func newRecorder(t *testing.T, apiURL string) *recorder {
	t.Helper()
	target, err := url.Parse(apiURL)
	require.NoError(t, err)
	r := &recorder{statuses: map[int64][]string{}}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = r.record
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

// beforeChange calls the hook once, before the next list with a change is passed on.
func (r *recorder) beforeChange(hook func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hook = hook
}

func (r *recorder) record(response *http.Response) error {
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
	for id := range r.statuses {
		now[id] = string(statusRemoved)
	}
	for _, device := range list.Data {
		now[device.ID] = device.Status
	}
	changed := false
	for id, status := range now {
		if before := r.statuses[id]; len(before) == 0 || before[len(before)-1] != status {
			r.statuses[id] = append(before, status)
			changed = true
		}
	}
	if changed && r.hook != nil {
		r.hook()
		r.hook = nil
	}
	return nil
}

// changes returns the statuses of each device, in order.
func (r *recorder) changes() map[int64][]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.statuses
}
