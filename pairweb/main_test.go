package pairweb_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// linger is the documented time that a pairing survives its last tab.
const linger = 5 * time.Second

// fixture is a fake API with one device, and the handler that shows it.
type fixture struct {
	*whatspietest.Server

	handler *pairweb.Handler
	id      int64
}

func newFixture(t *testing.T, device whatspie.Device, opts ...pairweb.Option) fixture {
	t.Helper()
	srv := whatspietest.NewServer(whatspietest.WithoutSocket())
	id := srv.AddDevice(device)
	h := fixture{Server: srv, handler: pairweb.NewHandler(srv.Client(), allow(id), opts...), id: id}
	t.Cleanup(h.handler.Close)
	return h
}

// takeTime makes codes arrive late enough for the tabs to see that there is none.
func (h fixture) takeTime() {
	h.Inject(whatspietest.Fault{Path: "/devices/*/qr", Delay: 100 * time.Millisecond, Times: -1})
}

func allow(id int64) func(*http.Request) (int64, error) {
	return func(*http.Request) (int64, error) { return id, nil }
}

func deny(*http.Request) (int64, error) { return 0, errors.New("the secret reason") }

// count tells how many requests for a path reached the API.
func (h fixture) count(path string) int {
	n := 0
	for _, r := range h.Requests() {
		if r.Path == path {
			n++
		}
	}
	return n
}

// shown is a state as it goes over the wire. The names are not shared with the package on purpose.
type shown struct {
	Pairing int64  `json:"pairing"`
	Kind    string `json:"kind"`
	Title   string `json:"title"`
	Text    string `json:"text"`
	Image   []byte `json:"image"`
	Link    string `json:"link"`
}

// tab is the browser's side of one event stream.
type tab struct {
	t     *testing.T
	close context.CancelFunc
	done  chan struct{}
	// gate holds back writes while it is full. A mutex would not let virtual time go on.
	gate chan struct{}

	mu     sync.Mutex
	header http.Header
	status int
	body   bytes.Buffer
}

func (b *tab) Header() http.Header { return b.header }

func (b *tab) WriteHeader(status int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.status == 0 {
		b.status = status
	}
}

func (b *tab) Write(p []byte) (int, error) {
	b.gate <- struct{}{}
	defer func() { <-b.gate }()
	b.WriteHeader(http.StatusOK)
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.body.Write(p)
}

func (b *tab) Flush() { b.WriteHeader(http.StatusOK) }

// open starts a stream, and closes it with the test. Header is pairs of names and values.
func (h fixture) open(t *testing.T, target string, header ...string) *tab {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	b := &tab{t: t, close: cancel, done: make(chan struct{}), gate: make(chan struct{}, 1), header: http.Header{}}
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
	for pair := range slices.Chunk(header, 2) {
		r.Header.Add(pair[0], pair[1])
	}
	go func() {
		defer close(b.done)
		h.handler.ServeHTTP(b, r)
	}()
	return b
}

// states are all that arrived, pings left out.
func (b *tab) states() []shown {
	b.t.Helper()
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []shown
	for block := range bytes.SplitSeq(b.body.Bytes(), []byte("\n\n")) {
		data, ok := bytes.CutPrefix(block, []byte("event: state\ndata: "))
		if !ok {
			continue
		}
		var s shown
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.DisallowUnknownFields()
		require.NoError(b.t, decoder.Decode(&s))
		all = append(all, s)
	}
	return all
}

func (b *tab) latest() shown {
	b.t.Helper()
	all := b.states()
	require.NotEmpty(b.t, all, "nothing arrived yet")
	return all[len(all)-1]
}

func (b *tab) text() string {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.body.String()
}

// ended tells whether the server closed the stream.
func (b *tab) ended() bool {
	synctest.Wait()
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

// kinds are what a tab showed, one after the other.
func kinds(states []shown) []string {
	all := make([]string, 0, len(states))
	for _, s := range states {
		all = append(all, s.Kind)
	}
	return all
}

// get makes a request. Header is pairs of names and values.
func get(t *testing.T, handler http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, http.NoBody)
	for pair := range slices.Chunk(header, 2) {
		r.Header.Add(pair[0], pair[1])
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, r)
	return recorder
}
