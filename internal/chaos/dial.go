package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"time"

	"github.com/whatspie-go/whatspie"
)

// unreachable are the faults before a request can be sent: nothing may have been created under any of them, and no
// caller may be left in doubt.
func unreachable(w workload) []*tally {
	return []*tally{
		noConnection("dial refused", w, func(transport *http.Transport) {
			transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, "127.0.0.1:1")
			}
		}),
		noConnection("dial without an answer", w, func(transport *http.Transport) {
			transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: ctx.Err()}
			}
		}),
		noConnection("DNS server down", w, func(transport *http.Transport) {
			resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "tcp", "127.0.0.1:1")
			}}
			dialer := &net.Dialer{Resolver: resolver}
			transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, "api.example.test:443")
			}
		}),
		noConnection("TLS: plain HTTP in place of it", w, nil),
		handshake("TLS: certificate expired", w, -time.Hour, true, ""),
		handshake("TLS: certificate of nobody known", w, time.Hour, false, ""),
		handshake("TLS: handshake cut", w, time.Hour, true, `"type":"limit_data","attributes":{"bytes":300}`),
		handshake("TLS: handshake reset", w, time.Hour, true, `"type":"reset_peer","attributes":{"timeout":0}`),
		handshake("TLS: handshake without an answer", w, time.Hour, true, `"type":"timeout","attributes":{"timeout":0}`),
	}
}

// noConnection speaks TLS to a server that does not, through a transport that was tampered with.
func noConnection(name string, w workload, tamper func(*http.Transport)) *tally {
	return nothingDone(punctual(func() *tally {
		return experiment(name, setup{}, w, func(l *lab) (func(), error) {
			if tamper != nil {
				tamper(l.transport)
			}
			var err error
			l.client, err = l.newClient("https")
			return func() {}, err
		})
	}))
}

// handshake fails in the middle of TLS.
func handshake(name string, w workload, validFor time.Duration, trusted bool, toxic string) *tally {
	certificate, err := newCertificate(validFor)
	if err != nil {
		t := newTally(name)
		t.breakf("%v", err)
		return t
	}
	s := setup{certificate: certificate, trust: func(transport *http.Transport) {
		roots := x509.NewCertPool()
		if trusted {
			roots.AddCert(certificate.Leaf)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}}
	return nothingDone(punctual(func() *tally {
		return experiment(name, s, w, func(l *lab) (func(), error) {
			if toxic == "" {
				return func() {}, nil
			}
			return func() {}, l.poison(toxic)
		})
	}))
}

// nothingDone holds a fault before the request to more than the others.
func nothingDone(t *tally) *tally {
	if t.ok > 0 {
		t.breakf("%d calls succeeded", t.ok)
	}
	if t.created > 0 {
		t.breakf("%d devices were created", t.created)
	}
	for name, told := range t.asked {
		if errors.Is(told.err, whatspie.ErrOutcomeUnknown) {
			t.breakf("the caller of %s is left in doubt: %v", name, told.err)
		}
	}
	return t
}

// newCertificate is self-signed for loopback, and expires after that time, or so long ago.
func newCertificate(validFor time.Duration) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotBefore:             time.Now().Add(-24 * time.Hour),
		NotAfter:              time.Now().Add(validFor),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("making a certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}
