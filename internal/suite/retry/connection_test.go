package retry_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

const emptyList = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"data\":[]}"

// resetOnClose makes Close send a TCP reset.
func resetOnClose(conn net.Conn) {
	if tcp, isTCP := conn.(*net.TCPConn); isTCP {
		_ = tcp.SetLinger(0)
	}
}

// connectionFailures returns ways in which a connection can fail after the request was read.
func connectionFailures() map[string]func(net.Conn) {
	return map[string]func(net.Conn){
		"reset":            resetOnClose,
		"closed":           func(net.Conn) {},
		"truncated header": func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nContent-Le") },
		"not HTTP":         func(c net.Conn) { write(c, "220 smtp.example.com ESMTP\r\n") },
		"truncated body":   func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"data\":[") },
		"truncated chunks": func(c net.Conn) {
			write(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"data\":[\r\n")
		},
		"invalid chunks": func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n") },
		"reset in body": func(c net.Conn) {
			write(c, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
			resetOnClose(c)
		},
		"invalid gzip": func(c net.Conn) {
			write(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 11\r\n\r\n{\"data\":[]}")
		},
	}
}

func TestRead_retriesBrokenConnections(t *testing.T) {
	t.Parallel()
	for name, fail := range connectionFailures() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, requests := rawServer(t, func(conn net.Conn, number int64) {
				if number < 4 {
					fail(conn)
					return
				}
				write(conn, emptyList)
			})
			devices, err := newSocketClient(t, url).Devices.List(t.Context())
			require.NoError(t, err)
			assert.Empty(t, devices)
			assert.Equal(t, int64(4), requests.Load())
		})
	}
}

func TestWrite_isSentOnceOverBrokenConnection(t *testing.T) {
	t.Parallel()
	for name, fail := range connectionFailures() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, requests := rawServer(t, func(conn net.Conn, _ int64) { fail(conn) })
			_, err := newSocketClient(t, url).Devices.Create(t.Context(), wiretest.NewDevice)
			require.ErrorIs(t, err, whatspie.ErrOutcomeUnknown)
			assert.Equal(t, int64(1), requests.Load())
			assert.Equal(t, 1, wiretest.APIError(t, err).Attempts)
		})
	}
}

// After a protocol switch net/http returns the connection as the body, and no context ends its reads.
func TestProtocolSwitch_isUnexpectedResponse(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	url, requests := rawServer(t, func(conn net.Conn, _ int64) {
		write(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		<-release
	})
	defer close(release)
	client := newSocketClient(t, url)
	for name, call := range wiretest.Calls(client) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		err := call(ctx)
		want := whatspie.ErrUnexpectedResponse
		if wiretest.IsWrite(t, name) {
			want = whatspie.ErrOutcomeUnknown
		}
		require.ErrorIs(t, err, want, name)
		assert.Equal(t, 101, wiretest.APIError(t, err).StatusCode)
		require.NoError(t, ctx.Err())
		cancel()
		release <- struct{}{}
	}
	assert.Equal(t, int64(len(wiretest.Calls(client))), requests.Load())
}
