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

// linger is the documented time that a pairing continues after its last stream.
const linger = 5 * time.Second

// fixture is a fake API with one device, and a handler that serves its page.
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

// delayCodes delays codes, so that tabs show that they wait for one.
func (h fixture) delayCodes() {
	h.Inject(whatspietest.Fault{Path: "/devices/*/qr", Delay: 100 * time.Millisecond, Times: -1})
}

func allow(id int64) func(*http.Request) (int64, error) {
	return func(*http.Request) (int64, error) { return id, nil }
}

func deny(*http.Request) (int64, error) { return 0, errors.New("the secret reason") }

// count returns the number of requests for a path that reached the API.
func (h fixture) count(path string) int {
	n := 0
	for _, r := range h.Requests() {
		if r.Path == path {
			n++
		}
	}
	return n
}

// message is the JSON form of a state. The JSON names are repeated here on purpose, so that a change of them fails.
type message struct {
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
	// gate blocks writes while it is full. It is a channel, because a goroutine that waits for a mutex stops virtual time.
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

// open starts a stream that ends with the test. The headers are pairs of names and values.
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

// states returns all states that arrived.
func (b *tab) states() []message {
	b.t.Helper()
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []message
	for block := range bytes.SplitSeq(b.body.Bytes(), []byte("\n\n")) {
		data, ok := bytes.CutPrefix(block, []byte("event: state\ndata: "))
		if !ok {
			continue
		}
		var m message
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.DisallowUnknownFields()
		require.NoError(b.t, decoder.Decode(&m))
		all = append(all, m)
	}
	return all
}

// latest returns the last state that arrived.
func (b *tab) latest() message {
	b.t.Helper()
	all := b.states()
	require.NotEmpty(b.t, all, "no state has arrived")
	return all[len(all)-1]
}

// text returns everything that arrived.
func (b *tab) text() string {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.body.String()
}

// ended reports whether the server has closed the stream.
func (b *tab) ended() bool {
	synctest.Wait()
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

// kinds returns the kinds of the states.
func kinds(states []message) []string {
	all := make([]string, 0, len(states))
	for _, s := range states {
		all = append(all, s.Kind)
	}
	return all
}

// get calls the handler. The headers are pairs of names and values.
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

// fetch requests a path from a running server. It returns the status and the headers.
func fetch(t *testing.T, server *httptest.Server, target string) (int, http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+target, http.NoBody)
	require.NoError(t, err)
	response, err := server.Client().Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, response.Header
}
