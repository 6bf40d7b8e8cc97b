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

// lab is one experiment's world: the SDK, a network that misbehaves, and a server that knows what was really done.
type lab struct {
	api       *whatspietest.Server
	front     *httptest.Server
	proxy     *toxiproxy.Proxy
	transport *http.Transport
	client    *whatspie.Client
	// open counts the connections that the client has.
	open atomic.Int64
}

// setup is what differs between experiments.
type setup struct {
	options []whatspie.Option
	// framing is how the server tells where an answer ends.
	framing framing
	// reuse lets connections serve more than one call.
	reuse bool
	// certificate makes the server speak TLS; the client trusts roots.
	certificate *tls.Certificate
	trust       func(*http.Transport)
}

// framing is how HTTP tells where a body ends.
type framing string

const (
	byLength framing = "Content-Length"
	byChunks framing = "chunked"
	byClose  framing = "until closed"
)

// attemptTimeout is short, so that a stalled attempt leaves time for another.
const attemptTimeout = 150 * time.Millisecond

func newLab(s setup) (*lab, error) {
	l := &lab{api: whatspietest.NewServer(whatspietest.WithoutSocket(), whatspietest.WithQRLifetime(time.Hour))}
	l.front = httptest.NewUnstartedServer(s.framing.handler(l.api))
	l.front.Config.ErrorLog = log.New(io.Discard, "", 0)
	l.front.Config.SetKeepAlivesEnabled(s.reuse)
	scheme := "http"
	if s.certificate == nil {
		l.front.Start()
	} else {
		scheme = "https"
		l.front.TLS = &tls.Config{Certificates: []tls.Certificate{*s.certificate}, MinVersion: tls.VersionTLS12}
		l.front.StartTLS()
	}
	logger := zerolog.Nop()
	l.proxy = toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), logger), "lab", "127.0.0.1:0", l.front.Listener.Addr().String())
	if err := l.proxy.Start(); err != nil {
		return nil, fmt.Errorf("starting the proxy: %w", err)
	}
	l.transport = &http.Transport{DisableKeepAlives: !s.reuse, MaxIdleConnsPerHost: 64, DialContext: l.dial}
	if s.trust != nil {
		s.trust(l.transport)
	}
	var err error
	l.client, err = l.newClient(scheme, s.options...)
	return l, err
}

func (l *lab) newClient(scheme string, options ...whatspie.Option) (*whatspie.Client, error) {
	options = append([]whatspie.Option{
		whatspie.WithBaseURL(scheme + "://" + l.proxy.Listen),
		whatspie.WithHTTPClient(&http.Client{Transport: l.transport}),
		whatspie.WithAttemptTimeout(attemptTimeout),
		whatspie.WithRetry(whatspie.RetryPolicy{MinWait: time.Millisecond, MaxWait: 20 * time.Millisecond, Budget: whatspie.NoRetryBudget}),
	}, options...)
	return whatspie.NewClient(l.api.Token, options...)
}

// dial counts connections from their beginning to their end.
func (l *lab) dial(ctx context.Context, network, address string) (net.Conn, error) {
	connection, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l.open.Add(1)
	return &counted{Conn: connection, open: &l.open}, nil
}

type counted struct {
	net.Conn

	open   *atomic.Int64
	closed sync.Once
}

func (c *counted) Close() error {
	c.closed.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

// poison adds a toxic, such as `"type":"latency","attributes":{"latency":100}`.
func (l *lab) poison(toxic string) error {
	_, err := l.proxy.Toxics.AddToxicJson(strings.NewReader("{" + toxic + "}"))
	if err != nil {
		return fmt.Errorf("adding the toxic %s: %w", toxic, err)
	}
	return nil
}

// heal takes all toxics away.
func (l *lab) heal() { l.proxy.Toxics.ResetToxics(context.Background()) }

// restart takes the server away for a while: connections break, new ones are refused.
func (l *lab) restart(away time.Duration) error {
	l.proxy.Stop()
	time.Sleep(away)
	if err := l.proxy.Start(); err != nil {
		return fmt.Errorf("starting the proxy again: %w", err)
	}
	return nil
}

func (l *lab) close() {
	l.transport.CloseIdleConnections()
	l.proxy.Stop()
	l.front.Close()
	l.api.Close()
}

// handler passes requests on to the fake, without a socket between, and answers in this framing.
func (f framing) handler(api *whatspietest.Server) http.Handler {
	target := &url.URL{Scheme: "http", Host: "api"}
	return &httputil.ReverseProxy{
		Transport: api.Transport(),
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ErrorLog:  log.New(io.Discard, "", 0),
		// A fault of the fake cuts the connection here, too.
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
