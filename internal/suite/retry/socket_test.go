package retry_test

import (
	"bufio"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// rawServer hands every connection, with one request read from it, to serve. It counts the requests.
func rawServer(t *testing.T, serve func(net.Conn, int64)) (string, *atomic.Int64) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var count atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if request, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.Copy(io.Discard, request.Body)
				serve(conn, count.Add(1))
			}
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	return "http://" + listener.Addr().String(), &count
}

// resetNow makes Close send a reset.
func resetNow(conn net.Conn) {
	if tcp, isTCP := conn.(*net.TCPConn); isTCP {
		_ = tcp.SetLinger(0)
	}
}

func write(conn net.Conn, text string) { _, _ = io.WriteString(conn, text) }

const goodList = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\nConnection: close\r\n\r\n{\"data\":[]}"

// broken are the ways in which a connection fails once the request has been read.
func broken() map[string]func(net.Conn) {
	return map[string]func(net.Conn){
		"reset":      resetNow,
		"closed":     func(net.Conn) {},
		"cut header": func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nContent-Le") },
		"no HTTP":    func(c net.Conn) { write(c, "220 smtp.example.com ESMTP\r\n") },
		"cut body":   func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"data\":[") },
		"cut chunks": func(c net.Conn) {
			write(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"data\":[\r\n")
		},
		"broken chunks":         func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n") },
		"reset within the body": func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"); resetNow(c) },
		"broken gzip": func(c net.Conn) {
			write(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 11\r\n\r\n{\"data\":[]}")
		},
	}
}

// socketClient has connections of its own, none of which outlives the test.
func socketClient(t *testing.T, url string) *whatspie.Client {
	t.Helper()
	own := &http.Transport{}
	t.Cleanup(own.CloseIdleConnections)
	return wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithBaseURL(url), wiretest.WithTransport(own))
}

func TestReadsGetOverBrokenConnections(t *testing.T) {
	t.Parallel()
	for name, breakIt := range broken() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, count := rawServer(t, func(conn net.Conn, nth int64) {
				if nth < 4 {
					breakIt(conn)
					return
				}
				write(conn, goodList)
			})
			devices, err := socketClient(t, url).Devices.List(t.Context())
			require.NoError(t, err)
			assert.Empty(t, devices)
			assert.Equal(t, int64(4), count.Load())
		})
	}
}

func TestWritesAreNotSentTwiceOverBrokenConnections(t *testing.T) {
	t.Parallel()
	for name, breakIt := range broken() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, count := rawServer(t, func(conn net.Conn, _ int64) { breakIt(conn) })
			_, err := socketClient(t, url).Devices.Create(t.Context(), wiretest.NewDevice)
			require.ErrorIs(t, err, whatspie.ErrOutcomeUnknown)
			assert.Equal(t, int64(1), count.Load())
			assert.Equal(t, 1, wiretest.APIError(t, err).Attempts)
		})
	}
}

// net/http repeats requests by itself on a kept connection that the server has closed.
func TestWritesAreNotSentTwiceOverAStaleConnection(t *testing.T) {
	t.Parallel()
	var posts atomic.Int64
	url, _ := rawServer(t, func(conn net.Conn, _ int64) {
		write(conn, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"data\":[]}")
		if request, err := http.ReadRequest(bufio.NewReader(conn)); err == nil && request.Method == http.MethodPost {
			posts.Add(1)
		}
	})
	client := socketClient(t, url)
	_, err := client.Devices.List(t.Context())
	require.NoError(t, err)
	_, err = client.Devices.Create(t.Context(), wiretest.NewDevice)
	require.ErrorIs(t, err, whatspie.ErrOutcomeUnknown)
	assert.Equal(t, int64(1), posts.Load())
}

func TestWritesAreSentAgainWhereNobodyListened(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	_, err = socketClient(t, "http://"+listener.Addr().String()).Devices.Create(t.Context(), wiretest.NewDevice)
	require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown)
	failed := wiretest.APIError(t, err)
	assert.Equal(t, 4, failed.Attempts)
	assert.True(t, failed.Retryable())
	assert.Contains(t, err.Error(), "connection refused (4 attempts)")
}

// A handshake that breaks off comes before the request.
func TestWritesAreSentAgainAfterABrokenHandshake(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var dials atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			dials.Add(1)
			_ = conn.Close()
		}
	}()
	_, err = socketClient(t, "https://"+listener.Addr().String()).Devices.Create(t.Context(), wiretest.NewDevice)
	require.NoError(t, listener.Close())
	<-done
	require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown)
	assert.Equal(t, 4, wiretest.APIError(t, err).Attempts)
	assert.Equal(t, int64(4), dials.Load())
}

func TestWrongServersAreNotAskedAgain(t *testing.T) {
	t.Parallel()
	quiet := log.New(io.Discard, "", 0) // the server logs failed handshakes
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = quiet
	secure.StartTLS()
	defer secure.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	for name, test := range map[string]struct{ url, want string }{
		"unknown certificate": {secure.URL, "failed to verify certificate"},
		"http for https":      {"https" + plain.URL[len("http"):], "HTTP response to HTTPS client"},
	} {
		_, err := socketClient(t, test.url).Devices.Create(t.Context(), wiretest.NewDevice)
		require.ErrorContains(t, err, test.want, name)
		require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown, "nothing was written")
		assert.Equal(t, 1, wiretest.APIError(t, err).Attempts, name)
		assert.False(t, wiretest.APIError(t, err).Retryable(), name)
	}
}

func TestACancelledDialHasSentNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{}) // net/http continues a dial for later requests
	defer close(over)
	own := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		cancel()
		<-over
		return nil, net.ErrClosed
	}}
	client := wiretest.NewClient(t, wiretest.WithTransport(own))
	_, err := client.Devices.Create(ctx, wiretest.NewDevice)
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown)
}

func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Fail") != "" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = io.WriteString(w, `{"data":[]}`)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	client := wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithBaseURL(server.URL), whatspie.WithHTTPClient(server.Client()), whatspie.WithAttemptTimeout(time.Minute))
	for range 3 {
		_, err := client.Devices.List(t.Context())
		require.NoError(t, err)
		_, err = client.Devices.List(t.Context(), whatspie.WithHeader("X-Fail", "1"))
		require.ErrorIs(t, err, whatspie.ErrServer)
		require.NoError(t, wiretest.Calls(client)["All"](t.Context()))
	}
	assert.Equal(t, int64(1), opened.Load(), "bodies are read to their end")
}

// The end of a chunked body must be read, or each list costs a connection.
func TestAChunkedListFreesItsConnection(t *testing.T) {
	t.Parallel()
	var opened atomic.Int64
	taken := make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"data":[{"id":7}]}`)
		_ = http.NewResponseController(w).Flush()
		<-taken
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	client := wiretest.NewClient(t, whatspie.WithBaseURL(server.URL), whatspie.WithHTTPClient(server.Client()))
	for range 3 {
		for _, err := range client.Devices.All(t.Context()) {
			require.NoError(t, err)
			taken <- struct{}{}
		}
	}
	assert.Equal(t, int64(1), opened.Load())
}
