package watch_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// Devices change at random behind a faulty network, in virtual time. The events of each watcher must be possible, and
// lead to the final state of the account.
func TestWatch_model(t *testing.T) {
	t.Parallel()
	schedules := uint64(1000)
	if testing.Short() {
		schedules = 100
	}
	events, lists := 0, 0
	for seed := range schedules {
		synctest.Test(t, func(t *testing.T) {
			m := newWatchModel(seed)
			m.run(t)
			events, lists = events+m.events, lists+m.lists
		})
		if t.Failed() {
			t.Fatalf("schedule %d", seed)
		}
	}
	t.Logf("%d schedules, %d lists, %d events", schedules, lists, events)
}

// watchModel is an account behind a faulty network.
type watchModel struct {
	random *rand.Rand // for changes of the account, and for watchers

	mu      sync.Mutex
	faults  *rand.Rand
	healthy bool // no more faults
	nextID  int64
	states  map[int64]string // paired status of each existing device
	lists   int
	events  int

	listedStates map[int64][]string // states that a list contained, perhaps cut
	misses       map[int64]int      // complete lists in a row without the device
	maxMisses    map[int64]int      // maximum of misses at any time
	notFound     map[int64]bool     // a request for the device returned 404
}

func newWatchModel(seed uint64) *watchModel {
	return &watchModel{
		random: rand.New(rand.NewPCG(seed, 1)), //nolint:gosec // a schedule has to be repeatable
		faults: rand.New(rand.NewPCG(seed, 2)), //nolint:gosec // as above
		states: map[int64]string{},

		listedStates: map[int64][]string{},
		misses:       map[int64]int{},
		maxMisses:    map[int64]int{},
		notFound:     map[int64]bool{},
	}
}

// RoundTrip returns the response of the API, or a fault.
func (m *watchModel) RoundTrip(request *http.Request) (*http.Response, error) {
	reply := m.reply(request.URL.Path)
	return wiretest.NewScript(reply).RoundTrip(request)
}

func (m *watchModel) reply(path string) wiretest.Reply {
	m.mu.Lock()
	defer m.mu.Unlock()
	if path != "/devices" {
		var id int64
		_, _ = fmt.Sscanf(path, "/devices/%d", &id)
		if m.states[id] == "" {
			m.notFound[id] = true
			return wiretest.Reply{Status: 404, Body: `{"code":404,"message":"Device not found"}`}
		}
		return wiretest.OK(`{"status":200,"data":` + m.device(id) + `}`)
	}
	m.lists++
	all := func(int64) bool { return true }
	fault := m.faults.IntN(40)
	if m.healthy || fault < 20 {
		return m.list(all)
	}
	omitted := m.faults.Int64N(m.nextID + 1)
	return []func() wiretest.Reply{
		func() wiretest.Reply { return m.list(func(id int64) bool { return id != omitted }) },
		func() wiretest.Reply { return m.list(func(int64) bool { return false }) },
		func() wiretest.Reply { return wiretest.Reply{Status: 404, Body: "<html>Not Found"} },
		func() wiretest.Reply { return wiretest.Reply{Status: 404, Body: "404 page not found"} },
		func() wiretest.Reply { return wiretest.Reply{Status: 403, Body: "<html>Just a moment..."} },
		func() wiretest.Reply { return wiretest.Reply{Status: 421, Body: "Misdirected Request"} },
		func() wiretest.Reply { return wiretest.OK("<html>Back soon") },
		func() wiretest.Reply { return wiretest.Reply{Status: 502} },
		func() wiretest.Reply { return wiretest.RateLimited("5") },
		func() wiretest.Reply { return wiretest.Reply{Stall: true} },
		func() wiretest.Reply { return wiretest.Fail(errors.New("connection reset")) },
		func() wiretest.Reply { return wiretest.Reply{Status: 404, Cut: true, Body: `{"code":404`} },
		func() wiretest.Reply {
			complete := m.list(all)
			m.undoMisses()
			return wiretest.Reply{Status: 200, Cut: true, Body: complete.Body[:m.faults.IntN(len(complete.Body))]}
		},
	}[fault%13]()
}

func (m *watchModel) device(id int64) string {
	const format = `{"id":%d,"paired_status":"%s","updated_at":"2026-01-01T00:00:%02dZ"}`
	return fmt.Sprintf(format, id, m.states[id], m.lists%60)
}

// list returns a complete list of the devices that are included.
func (m *watchModel) list(included func(int64) bool) wiretest.Reply {
	var devices []string
	for id := int64(1); id <= m.nextID; id++ {
		if m.states[id] == "" || !included(id) {
			m.misses[id]++
			m.maxMisses[id] = max(m.maxMisses[id], m.misses[id])
			continue
		}
		m.misses[id] = 0
		m.listedStates[id] = append(m.listedStates[id], m.states[id])
		devices = append(devices, m.device(id))
	}
	return wiretest.OK(`{"status":200,"message":"OK","data":[` + strings.Join(devices, ",") + `]}`)
}

// undoMisses reverts the misses of a list that will be cut. Its devices may still be received.
func (m *watchModel) undoMisses() {
	for id := range m.misses {
		m.misses[id] = max(0, m.misses[id]-1)
	}
}

// change adds, removes or changes a device.
func (m *watchModel) change() {
	m.mu.Lock()
	defer m.mu.Unlock()
	id := 1 + m.random.Int64N(m.nextID+1)
	switch {
	case id > m.nextID:
		m.nextID++
		m.states[m.nextID] = "UNPAIRED"
	case m.states[id] == "":
	case m.random.IntN(5) == 0:
		delete(m.states, id)
	default:
		m.states[id] = []string{"UNPAIRED", "PAIRED", "EXPIRED"}[m.random.IntN(3)]
	}
}

func (m *watchModel) run(t *testing.T) {
	t.Helper()
	client := wiretest.NewClient(t, wiretest.WithTransport(m))
	ctx, stop := context.WithCancel(t.Context())
	var loops sync.WaitGroup
	for range 12 {
		time.Sleep(time.Duration(1 + m.random.Int64N(int64(4*time.Second))))
		m.change()
		short, cancel := context.WithTimeout(ctx, time.Duration(m.random.Int64N(int64(20*time.Second))))
		pause := time.Duration(m.random.IntN(3)) * 10 * time.Second
		switch m.random.IntN(4) {
		case 0:
			loops.Go(func() { newWatcher(m, pause, true).run(ctx, t, client) })
		case 1:
			loops.Go(func() { newWatcher(m, pause, false).run(short, t, client) })
		case 2:
			loops.Go(func() {
				defer cancel()
				_, _ = client.Devices.WaitPaired(short, 1) // changes which endpoint is polled
			})
		}
		context.AfterFunc(short, cancel)
	}
	m.mu.Lock()
	m.healthy = true
	m.mu.Unlock()
	time.Sleep(5 * time.Minute)
	stop()
	loops.Wait()
}

// watcher applies the events of one Watch.
type watcher struct {
	*watchModel

	pause      time.Duration // after each event while there are faults
	untilEnd   bool          // runs until the account no longer changes
	seen       map[int64]string
	lastStatus whatspie.WatchEventKind // last WatchSynced or WatchRetry
}

func newWatcher(m *watchModel, pause time.Duration, untilEnd bool) *watcher {
	return &watcher{watchModel: m, pause: pause, untilEnd: untilEnd, seen: map[int64]string{}}
}

func (w *watcher) run(ctx context.Context, t *testing.T, client *whatspie.Client) {
	t.Helper()
	ends := 0
	for event, err := range client.Devices.Watch(ctx) {
		if err != nil {
			ends++
			require.ErrorIs(t, err, ctx.Err())
			continue
		}
		assert.Zero(t, ends)
		w.mu.Lock()
		w.events++
		w.apply(t, event)
		healthy := w.healthy
		w.mu.Unlock()
		if w.pause > 0 && !healthy {
			time.Sleep(w.pause)
		}
	}
	assert.Equal(t, 1, ends)
	if w.untilEnd {
		w.mu.Lock()
		defer w.mu.Unlock()
		assert.Equal(t, w.states, w.seen)
		assert.Equal(t, whatspie.WatchSynced, w.lastStatus)
	}
}

// apply checks an event and updates what the watcher has seen.
func (w *watcher) apply(t *testing.T, event whatspie.WatchEvent) {
	t.Helper()
	if event.Kind == whatspie.WatchSynced || event.Kind == whatspie.WatchRetry {
		assert.False(t, event.Kind == whatspie.WatchSynced && w.lastStatus == whatspie.WatchSynced, "synced twice")
		assert.Equal(t, event.Kind == whatspie.WatchRetry, event.Err != nil)
		w.lastStatus = event.Kind
		return
	}
	id, state := event.Device.ID, string(event.Device.PairedStatus)
	previous, known := w.seen[id]
	assert.Contains(t, w.listedStates[id], state, "no list contained device %d in this state", id)
	switch event.Kind {
	case whatspie.WatchDevice, whatspie.WatchAdded:
		assert.False(t, known, "device %d was added twice", id)
		assert.False(t, event.Kind == whatspie.WatchDevice && w.lastStatus == whatspie.WatchSynced, "the snapshot has ended")
	case whatspie.WatchChanged:
		assert.Equal(t, previous, string(event.Previous.PairedStatus))
		assert.NotEqual(t, previous, state)
	case whatspie.WatchRemoved:
		assert.True(t, known)
		assert.True(t, w.maxMisses[id] >= 3 || w.notFound[id] && w.maxMisses[id] > 0, "device %d still exists", id)
		delete(w.seen, id)
		return
	default:
		t.Errorf("unknown kind %v", event.Kind)
	}
	w.seen[id] = state
}
