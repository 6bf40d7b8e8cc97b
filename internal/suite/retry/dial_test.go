package retry_test

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestWrite_retriesRefusedConnection(t *testing.T) {
	t.Parallel()
	_, err := newSocketClient(t, "http://"+closedPort(t)).Devices.Create(t.Context(), wiretest.NewDevice)
	require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown)
	failed := wiretest.APIError(t, err)
	assert.Equal(t, 4, failed.Attempts)
	assert.True(t, failed.Retryable())
	assert.Contains(t, err.Error(), "connection refused (4 attempts)")
}

// The TLS handshake precedes the request.
func TestWrite_retriesFailedHandshake(t *testing.T) {
	t.Parallel()
	listener := listen(t)
	var dials atomic.Int64
	serve(t, listener, func(net.Conn) { dials.Add(1) })
	_, err := newSocketClient(t, "https://"+listener.Addr().String()).Devices.Create(t.Context(), wiretest.NewDevice)
	require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown)
	assert.Equal(t, 4, wiretest.APIError(t, err).Attempts)
	assert.Equal(t, int64(4), dials.Load())
}

func TestWrite_doesNotRetryWrongServer(t *testing.T) {
	t.Parallel()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // the server logs failed handshakes
	secure.StartTLS()
	defer secure.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	for name, test := range map[string]struct{ url, want string }{
		"unknown certificate": {secure.URL, "failed to verify certificate"},
		"http for https":      {"https" + plain.URL[len("http"):], "HTTP response to HTTPS client"},
	} {
		_, err := newSocketClient(t, test.url).Devices.Create(t.Context(), wiretest.NewDevice)
		require.ErrorContains(t, err, test.want, name)
		require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown, "nothing was written")
		assert.Equal(t, 1, wiretest.APIError(t, err).Attempts, name)
		assert.False(t, wiretest.APIError(t, err).Retryable(), name)
	}
}

func TestWrite_canceledDialSendsNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	finished := make(chan struct{}) // net/http continues a dial for later requests
	defer close(finished)
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		cancel()
		<-finished
		return nil, net.ErrClosed
	}}
	_, err := wiretest.NewClient(t, wiretest.WithTransport(transport)).Devices.Create(ctx, wiretest.NewDevice)
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown)
}
