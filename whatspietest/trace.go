package whatspietest

import (
	"context"
	"net"
	"net/http/httptrace"
	"net/url"
)

// trace calls the hooks of httptrace as a fresh connection would.
type trace struct {
	hooks *httptrace.ClientTrace
	addr  string
}

// traceOf calls the first hook, GetConn.
func traceOf(ctx context.Context, u *url.URL) trace {
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

func (t trace) refused(err error) {
	if t.hooks.ConnectDone != nil {
		t.hooks.ConnectDone("tcp", t.addr, err)
	}
}

func (t trace) connected() {
	t.refused(nil)
	if t.hooks.GotConn != nil {
		// Hooks may ask the connection for its addresses, so there has to be one.
		conn, _ := net.Pipe()
		defer func() { _ = conn.Close() }() // closing a pipe cannot lose data
		t.hooks.GotConn(httptrace.GotConnInfo{Conn: conn})
	}
}

// wrote reports that the request was sent, or why it was not sent completely.
func (t trace) wrote(err error) {
	if t.hooks.WroteHeaders != nil {
		t.hooks.WroteHeaders()
	}
	if t.hooks.WroteRequest != nil {
		t.hooks.WroteRequest(httptrace.WroteRequestInfo{Err: err})
	}
}

func (t trace) answered() {
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
