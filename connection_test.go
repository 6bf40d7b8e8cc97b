package whatspie_test

import (
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
)

// After a protocol switch net/http hands over the connection, and no context ends its reads.
func TestASwitchOfProtocolsIsNoAnswer(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	url, count := rawServer(t, func(conn net.Conn, _ int64) {
		write(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		<-release
	})
	defer close(release)
	client := socketClient(t, url)
	for name, call := range calls(client) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		err := call(ctx)
		want := whatspie.ErrUnexpectedResponse
		if isWrite(t, name) {
			want = whatspie.ErrOutcomeUnknown
		}
		require.ErrorIs(t, err, want, name)
		assert.Equal(t, 101, apiError(t, err).StatusCode)
		require.NoError(t, ctx.Err())
		cancel()
		release <- struct{}{}
	}
	assert.Equal(t, int64(len(calls(client))), count.Load())
}

// staleConn fails a number of writes before any byte is sent.
type staleConn struct {
	net.Conn

	stale *atomic.Int64
}

func (c staleConn) Write(p []byte) (int, error) {
	if c.stale.Add(-1) >= 0 {
		return 0, errors.New("broken pipe")
	}
	return c.Conn.Write(p)
}

// kept returns a client with two idle connections, whose next writes fail stale times.
func kept(t *testing.T) (client *whatspie.Client, stale, posts *atomic.Int64) {
	t.Helper()
	stale, posts = new(atomic.Int64), new(atomic.Int64)
	var both sync.WaitGroup
	both.Add(2)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := `{"status":200,"data":[]}`
		switch {
		case r.Method == http.MethodPost:
			posts.Add(1)
			body = `{"status":200,"data":{"id":7}}`
		case r.Header.Get("X-Together") != "":
			both.Done()
			both.Wait()
		}
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(srv.Close)
	way := &http.Transport{MaxIdleConnsPerHost: 2, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return staleConn{conn, stale}, err
	}}
	t.Cleanup(way.CloseIdleConnections)
	client = newClient(t, atOnce, whatspie.WithBaseURL(srv.URL), through(way))
	var lists sync.WaitGroup
	for range 2 {
		lists.Go(func() {
			_, err := client.Devices.List(t.Context(), whatspie.WithHeader("X-Together", "1"))
			assert.NoError(t, err)
		})
	}
	lists.Wait()
	return client, stale, posts
}

// If an idle connection is dead before any byte was sent, the request may use another one.
func TestWritesMoveToAnotherConnectionWhereNothingHasLeft(t *testing.T) {
	t.Parallel()
	for dead := range int64(3) {
		client, stale, posts := kept(t)
		stale.Store(dead)
		var response whatspie.Response
		device, err := client.Devices.Create(t.Context(), newDevice, whatspie.WithResponse(&response))
		require.NoError(t, err)
		assert.Equal(t, int64(7), device.ID)
		assert.Equal(t, int64(1), posts.Load())
		assert.Equal(t, 1, response.Attempts)
		assert.LessOrEqual(t, stale.Load(), int64(0), "the idle connections were tried")
	}
}

// net/http may repeat a read that was already sent: once per attempt, never without retries.
func TestReadsMoveToAnotherConnectionOnce(t *testing.T) {
	t.Parallel()
	for dead, attempts := range []int{1, 1, 2} {
		client, stale, _ := kept(t)
		stale.Store(int64(dead))
		var response whatspie.Response
		_, err := client.Devices.List(t.Context(), whatspie.WithResponse(&response))
		require.NoError(t, err)
		assert.Equal(t, attempts, response.Attempts)
	}
	client, stale, _ := kept(t)
	stale.Store(1)
	_, err := client.Devices.List(t.Context(), whatspie.WithoutRetry())
	assert.Equal(t, 1, apiError(t, err).Attempts)
}
