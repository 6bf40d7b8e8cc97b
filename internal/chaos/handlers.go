package main

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// sendGzip responds with a body labeled as gzip.
func sendGzip(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body) // the client may close the connection early
	}
}

// sendEndless responds with a prefix, followed by the same text forever.
func sendEndless(prefix, repeated string) http.HandlerFunc {
	chunk := strings.Repeat(repeated, 8<<10)
	return func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.WriteString(w, prefix)
		for err == nil {
			_, err = io.WriteString(w, chunk)
		}
	}
}

// send responds with a complete body.
func send(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, body) // the client may close the connection early
	}
}

// nestedDevice returns a device that has a megabyte of text inside nested arrays.
func nestedDevice(levels int) string {
	return `{"data":{"id":1,"server":` + strings.Repeat("[", levels) + `"` + strings.Repeat("x", 1<<20) + `"` +
		strings.Repeat("]", levels) + `}}`
}

// sendHeaders responds with n headers whose values have the given length.
func sendHeaders(n, length int) http.HandlerFunc {
	value := strings.Repeat("x", length)
	return func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = connection.Close() }() // the client has closed its end
		_, err = io.WriteString(connection, "HTTP/1.1 200 OK\r\n")
		for range n {
			if err == nil {
				_, err = io.WriteString(connection, "X-Y: "+value+"\r\n")
			}
		}
	}
}

// sendSlowly responds with a device whose name never ends, one byte every 100 ms.
func sendSlowly(w http.ResponseWriter, r *http.Request) {
	_, err := io.WriteString(w, `{"data":[{"name":"`)
	for err == nil {
		err = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-time.After(100 * time.Millisecond):
		}
		if err == nil {
			_, err = io.WriteString(w, "x")
		}
	}
}

// countingListener counts the bytes sent on its connections.
type countingListener struct {
	net.Listener

	sent atomic.Int64
}

func (l *countingListener) Accept() (net.Conn, error) {
	connection, err := l.Listener.Accept()
	return &countingConn{Conn: connection, sent: &l.sent}, err
}

type countingConn struct {
	net.Conn

	sent *atomic.Int64
}

func (c *countingConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.sent.Add(int64(n))
	return n, err
}
