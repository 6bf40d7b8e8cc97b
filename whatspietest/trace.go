package whatspietest

import (
	"context"
	"net"
	"net/http/httptrace"
	"net/url"
)

// trace calls the httptrace hooks of a request in the order in which a new connection would call them.
type trace struct {
	hooks *httptrace.ClientTrace
	addr  string
}

// startTrace calls the hooks that precede a connection.
func startTrace(ctx context.Context, u *url.URL) trace {
	t := trace{hooks: httptrace.ContextClientTrace(ctx), addr: hostPort(u)}
	if t.hooks == nil {
		t.hooks = &httptrace.ClientTrace{}
	}
	if t.hooks.GetConn != nil {
		t.hooks.GetConn(t.addr)
	}
	if t.hooks.ConnectStart != nil {
		t.hooks.ConnectStart("tcp", t.addr)
	}
	return t
}

// connectDone reports that the connection was made, or why it failed.
func (t trace) connectDone(err error) {
	if t.hooks.ConnectDone != nil {
		t.hooks.ConnectDone("tcp", t.addr, err)
	}
}

// gotConn reports that there is a connection to send the request on.
func (t trace) gotConn() {
	if t.hooks.GotConn != nil {
		// Hooks may call methods of the connection, such as RemoteAddr, so it must not be nil.
		conn, _ := net.Pipe()
		defer func() { _ = conn.Close() }() // closing a pipe cannot lose data
		t.hooks.GotConn(httptrace.GotConnInfo{Conn: conn})
	}
}

// wroteRequest reports that the request was sent, or why it was not sent completely.
func (t trace) wroteRequest(err error) {
	if t.hooks.WroteHeaders != nil {
		t.hooks.WroteHeaders()
	}
	if t.hooks.WroteRequest != nil {
		t.hooks.WroteRequest(httptrace.WroteRequestInfo{Err: err})
	}
}

func (t trace) gotResponse() {
	if t.hooks.GotFirstResponseByte != nil {
		t.hooks.GotFirstResponseByte()
	}
}

func hostPort(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Host
	case u.Scheme == "https":
		return net.JoinHostPort(u.Hostname(), "443")
	default:
		return net.JoinHostPort(u.Hostname(), "80")
	}
}
