package retry_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// failingConn fails writes before any byte is sent, for as long as the shared counter is positive.
type failingConn struct {
	net.Conn

	failures *atomic.Int64
}

func (c failingConn) Write(p []byte) (int, error) {
	if c.failures.Add(-1) >= 0 {
		return 0, errors.New("broken pipe")
	}
	return c.Conn.Write(p)
}

// newIdleClient returns a client with two idle connections. As many of the next writes fail as failures says. posts
// counts the POST requests that the server received.
func newIdleClient(t *testing.T) (client *whatspie.Client, failures, posts *atomic.Int64) {
	t.Helper()
	failures, posts = new(atomic.Int64), new(atomic.Int64)
	var concurrent sync.WaitGroup
	concurrent.Add(2)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := `{"status":200,"data":[]}`
		switch {
		case r.Method == http.MethodPost:
			posts.Add(1)
			body = `{"status":200,"data":{"id":7}}`
		case r.Header.Get("X-Concurrent") != "":
			concurrent.Done()
			concurrent.Wait()
		}
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(srv.Close)
	transport := newTransport(t)
	transport.MaxIdleConnsPerHost = 2
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return failingConn{conn, failures}, err
	}
	client = wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithBaseURL(srv.URL), wiretest.WithTransport(transport))
	var lists sync.WaitGroup
	for range 2 {
		lists.Go(func() {
			_, err := client.Devices.List(t.Context(), whatspie.WithHeader("X-Concurrent", "1"))
			assert.NoError(t, err)
		})
	}
	lists.Wait()
	return client, failures, posts
}

// If an idle connection fails before any byte was sent, the request may use another connection.
func TestWrite_usesAnotherConnectionIfNothingWasSent(t *testing.T) {
	t.Parallel()
	for failing := range int64(3) {
		client, failures, posts := newIdleClient(t)
		failures.Store(failing)
		var response whatspie.Response
		device, err := client.Devices.Create(t.Context(), wiretest.NewDevice, whatspie.WithResponse(&response))
		require.NoError(t, err)
		assert.Equal(t, int64(7), device.ID)
		assert.Equal(t, int64(1), posts.Load())
		assert.Equal(t, 1, response.Attempts)
		assert.LessOrEqual(t, failures.Load(), int64(0), "the idle connections were used")
	}
}

// net/http may repeat a read that was already sent: once per attempt, never without retries.
func TestRead_usesAnotherConnectionOncePerAttempt(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ failing, attempts int }{{0, 1}, {1, 1}, {2, 2}} {
		client, failures, _ := newIdleClient(t)
		failures.Store(int64(test.failing))
		var response whatspie.Response
		_, err := client.Devices.List(t.Context(), whatspie.WithResponse(&response))
		require.NoError(t, err)
		assert.Equal(t, test.attempts, response.Attempts)
	}
	client, failures, _ := newIdleClient(t)
	failures.Store(1)
	_, err := client.Devices.List(t.Context(), whatspie.WithoutRetry())
	assert.Equal(t, 1, wiretest.APIError(t, err).Attempts)
}

// net/http repeats requests by itself if the server has closed an idle connection.
func TestWrite_isSentOnceOverClosedIdleConnection(t *testing.T) {
	t.Parallel()
	var posts atomic.Int64
	url, _ := rawServer(t, func(conn net.Conn, _ int64) {
		write(conn, emptyList)
		if request, err := http.ReadRequest(bufio.NewReader(conn)); err == nil && request.Method == http.MethodPost {
			posts.Add(1)
		}
	})
	client := newSocketClient(t, url)
	_, err := client.Devices.List(t.Context())
	require.NoError(t, err)
	_, err = client.Devices.Create(t.Context(), wiretest.NewDevice)
	require.ErrorIs(t, err, whatspie.ErrOutcomeUnknown)
	assert.Equal(t, int64(1), posts.Load())
}

// countConnections returns a client of a server that calls respond, and the number of connections to that server.
func countConnections(
	t *testing.T, respond http.HandlerFunc, opts ...whatspie.Option,
) (client *whatspie.Client, connections *atomic.Int64) {
	t.Helper()
	connections = new(atomic.Int64)
	server := httptest.NewUnstartedServer(respond)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	opts = append(opts, whatspie.WithBaseURL(server.URL), whatspie.WithHTTPClient(server.Client()))
	return wiretest.NewClient(t, opts...), connections
}

func TestConnection_isReused(t *testing.T) {
	t.Parallel()
	client, connections := countConnections(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Fail") != "" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = io.WriteString(w, `{"data":[]}`)
	}, wiretest.NoWaits, whatspie.WithAttemptTimeout(time.Minute))
	for range 3 {
		_, err := client.Devices.List(t.Context())
		require.NoError(t, err)
		_, err = client.Devices.List(t.Context(), whatspie.WithHeader("X-Fail", "1"))
		require.ErrorIs(t, err, whatspie.ErrServer)
		require.NoError(t, wiretest.Calls(client)["All"](t.Context()))
	}
	assert.Equal(t, int64(1), connections.Load(), "bodies are read to their end")
}

// The end of a chunked body must be read, or each list needs a new connection.
func TestConnection_isReusedAfterChunkedList(t *testing.T) {
	t.Parallel()
	received := make(chan struct{})
	client, connections := countConnections(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"data":[{"id":7}]}`)
		_ = http.NewResponseController(w).Flush()
		<-received
	})
	for range 3 {
		for _, err := range client.Devices.All(t.Context()) {
			require.NoError(t, err)
			received <- struct{}{}
		}
	}
	assert.Equal(t, int64(1), connections.Load())
}
