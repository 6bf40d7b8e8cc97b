package whatspie_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

// After a switch of protocols net/http hands the connection over, which no context ends any more.
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
		if name == "Create" {
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

// staleConn fails to write, once it was told to, before anything has left.
type staleConn struct {
	net.Conn

	stale *atomic.Bool
}

func (c staleConn) Write(p []byte) (int, error) {
	if c.stale.CompareAndSwap(true, false) {
		return 0, errors.New("broken pipe")
	}
	return c.Conn.Write(p)
}

// Where an idle connection turns out to be dead before a byte of the request has left, another is as good as the first.
func TestWritesMoveToAnotherConnectionWhereNothingHasLeft(t *testing.T) {
	t.Parallel()
	var posts atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := `{"status":200,"data":[]}`
		if r.Method == http.MethodPost {
			posts.Add(1)
			body = `{"status":200,"data":{"id":7}}`
		}
		_, _ = io.WriteString(w, body)
	}))
	defer srv.Close()
	var stale atomic.Bool
	way := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return staleConn{conn, &stale}, err
	}}
	defer way.CloseIdleConnections()
	client := newClient(t, whatspie.WithBaseURL(srv.URL), through(way))
	_, err := client.Devices.List(t.Context())
	require.NoError(t, err)
	stale.Store(true)
	device, err := client.Devices.Create(t.Context(), newDevice)
	require.NoError(t, err)
	assert.Equal(t, int64(7), device.ID)
	assert.Equal(t, int64(1), posts.Load())
	assert.False(t, stale.Load(), "the first connection was tried")
}
