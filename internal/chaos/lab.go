package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// lab is the environment of one experiment: a client, a proxy that injects faults, and a fake API that records what
// requests did.
type lab struct {
	api       *whatspietest.Server
	server    *httptest.Server
	proxy     *toxiproxy.Proxy
	transport *http.Transport
	client    *whatspie.Client
	// open counts the client's open connections.
	open atomic.Int64
}

// setup is the configuration of a lab.
type setup struct {
	options []whatspie.Option
	// framing is how the server delimits response bodies.
	framing framing
	// keepAlive lets connections serve more than one call.
	keepAlive bool
	// certificate, if set, makes the server use TLS. configureTLS prepares the client for it.
	certificate  *tls.Certificate
	configureTLS func(*http.Transport)
}

// framing is how HTTP delimits a response body.
type framing string

const (
	byLength framing = "Content-Length"
	byChunks framing = "chunked"
	byClose  framing = "until close"
)

// attemptTimeout is short, so that a stalled attempt leaves time for another.
const attemptTimeout = 150 * time.Millisecond

func newLab(s setup) (*lab, error) {
	l := &lab{api: whatspietest.NewServer(whatspietest.WithoutSocket(), whatspietest.WithQRLifetime(time.Hour))}
	l.server = httptest.NewUnstartedServer(s.framing.handler(l.api))
	l.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	l.server.Config.SetKeepAlivesEnabled(s.keepAlive)
	scheme := "http"
	if s.certificate == nil {
		l.server.Start()
	} else {
		scheme = "https"
		l.server.TLS = &tls.Config{Certificates: []tls.Certificate{*s.certificate}, MinVersion: tls.VersionTLS12}
		l.server.StartTLS()
	}
	proxies := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	l.proxy = toxiproxy.NewProxy(proxies, "lab", "127.0.0.1:0", l.server.Listener.Addr().String())
	if err := l.proxy.Start(); err != nil {
		return nil, fmt.Errorf("starting the proxy: %w", err)
	}
	l.transport = &http.Transport{DisableKeepAlives: !s.keepAlive, MaxIdleConnsPerHost: 64, DialContext: l.dial}
	if s.configureTLS != nil {
		s.configureTLS(l.transport)
	}
	var err error
	l.client, err = l.newClient(scheme, s.options...)
	return l, err
}

// inLab runs an experiment in a new lab, checks what it left behind, and returns its tally.
func inLab(name string, s setup, run func(*lab, *tally)) *tally {
	t := newTally(name)
	l, err := newLab(s)
	if err != nil {
		t.violationf("%v", err)
		return t
	}
	defer l.close()
	run(l, t)
	t.finish(l)
	return t
}

func (l *lab) newClient(scheme string, options ...whatspie.Option) (*whatspie.Client, error) {
	options = append([]whatspie.Option{
		whatspie.WithBaseURL(scheme + "://" + l.proxy.Listen),
		whatspie.WithHTTPClient(&http.Client{Transport: l.transport}),
		whatspie.WithAttemptTimeout(attemptTimeout),
		whatspie.WithRetry(whatspie.RetryPolicy{
			MinWait: time.Millisecond, MaxWait: 20 * time.Millisecond, Budget: whatspie.NoRetryBudget,
		}),
	}, options...)
	return whatspie.NewClient(l.api.Token, options...)
}

// dial opens a connection that counts as open until it is closed.
func (l *lab) dial(ctx context.Context, network, address string) (net.Conn, error) {
	connection, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l.open.Add(1)
	return &countedConn{Conn: connection, open: &l.open}, nil
}

type countedConn struct {
	net.Conn

	open   *atomic.Int64
	closed sync.Once
}

func (c *countedConn) Close() error {
	c.closed.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

// addToxic adds a toxic to the proxy, such as `"type":"latency","attributes":{"latency":100}`.
func (l *lab) addToxic(toxic string) error {
	_, err := l.proxy.Toxics.AddToxicJson(strings.NewReader("{" + toxic + "}"))
	if err != nil {
		return fmt.Errorf("adding the toxic %s: %w", toxic, err)
	}
	return nil
}

func (l *lab) removeToxics() { l.proxy.Toxics.ResetToxics(context.Background()) }

// restart stops the server for a while: it closes connections and refuses new ones.
func (l *lab) restart(downtime time.Duration) error {
	l.proxy.Stop()
	time.Sleep(downtime)
	if err := l.proxy.Start(); err != nil {
		return fmt.Errorf("starting the proxy again: %w", err)
	}
	return nil
}

func (l *lab) close() {
	l.transport.CloseIdleConnections()
	l.proxy.Stop()
	l.server.Close()
	l.api.Close()
}

// handler passes requests to the fake, without a socket in between, and responds in this framing.
func (f framing) handler(api *whatspietest.Server) http.Handler {
	target := &url.URL{Scheme: "http", Host: "api"}
	return &httputil.ReverseProxy{
		Transport: api.Transport(),
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ErrorLog:  log.New(io.Discard, "", 0),
		// A fault of the fake that cuts the connection also cuts this one.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ModifyResponse: func(response *http.Response) error {
			switch f {
			case byChunks:
				response.ContentLength = -1
				response.Header.Del("Content-Length")
			case byClose:
				response.ContentLength = -1
				response.Header.Del("Content-Length")
				response.Header.Set("Transfer-Encoding", "identity")
			case byLength:
			}
			return nil
		},
		FlushInterval: -1,
	}
}
