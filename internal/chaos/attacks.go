package main

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// compressed sends bytes as if they were gzip.
func compressed(packed []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(packed) // the client leaves early
	}
}

// endless sends a beginning, and then the same for ever.
func endless(beginning, again string) http.HandlerFunc {
	chunk := strings.Repeat(again, 8<<10)
	return func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.WriteString(w, beginning)
		for err == nil {
			_, err = io.WriteString(w, chunk)
		}
	}
}

func whole(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, body) // the client may leave early
	}
}

// nested is a device with a megabyte of text in so many lists.
func nested(levels int) string {
	return `{"data":{"id":1,"server":` + strings.Repeat("[", levels) + `"` + strings.Repeat("x", 1<<20) + `"` +
		strings.Repeat("]", levels) + `}}`
}

// headers sends so many headers of a length.
func headers(n, length int) http.HandlerFunc {
	value := strings.Repeat("x", length)
	return func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = connection.Close() }() // the client has left
		_, err = io.WriteString(connection, "HTTP/1.1 200 OK\r\n")
		for range n {
			if err == nil {
				_, err = io.WriteString(connection, "X-Y: "+value+"\r\n")
			}
		}
	}
}

// trickle sends a byte now and then, of a device that has no end.
func trickle(w http.ResponseWriter, r *http.Request) {
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

// countingListener counts the bytes that its connections sent.
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
