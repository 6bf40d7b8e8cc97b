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

// connectionFaults runs the workload under faults that occur before a request is sent, so that the outcome of each call
// is known and no device is created.
func connectionFaults(w workload) []*tally {
	return []*tally{
		dialFault("dial refused", w, func(transport *http.Transport) {
			transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, "127.0.0.1:1")
			}
		}),
		dialFault("dial timeout", w, func(transport *http.Transport) {
			transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: ctx.Err()}
			}
		}),
		dialFault("DNS server down", w, func(transport *http.Transport) {
			resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "tcp", "127.0.0.1:1")
			}}
			dialer := &net.Dialer{Resolver: resolver}
			transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, "api.example.test:443")
			}
		}),
		dialFault("TLS: server speaks plain HTTP", w, nil),
		handshakeFault("TLS: expired certificate", w, -time.Hour, true, ""),
		handshakeFault("TLS: untrusted certificate", w, time.Hour, false, ""),
		handshakeFault("TLS: handshake cut", w, time.Hour, true, `"type":"limit_data","attributes":{"bytes":300}`),
		handshakeFault("TLS: handshake reset", w, time.Hour, true, `"type":"reset_peer","attributes":{"timeout":0}`),
		handshakeFault("TLS: handshake timeout", w, time.Hour, true, `"type":"timeout","attributes":{"timeout":0}`),
	}
}

// dialFault calls a plain HTTP server with an https URL, through a modified transport.
func dialFault(name string, w workload, modify func(*http.Transport)) *tally {
	return nothingSent(retryIfLate(func() *tally {
		return experiment(name, setup{}, w, func(l *lab) (func(), error) {
			if modify != nil {
				modify(l.transport)
			}
			var err error
			l.client, err = l.newClient("https")
			return func() {}, err
		})
	}))
}

// handshakeFault makes the TLS handshake fail, by the certificate or by a toxic.
func handshakeFault(name string, w workload, validFor time.Duration, trusted bool, toxic string) *tally {
	certificate, err := newCertificate(validFor)
	if err != nil {
		t := newTally(name)
		t.violationf("%v", err)
		return t
	}
	s := setup{certificate: certificate, configureTLS: func(transport *http.Transport) {
		roots := x509.NewCertPool()
		if trusted {
			roots.AddCert(certificate.Leaf)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}}
	return nothingSent(retryIfLate(func() *tally {
		return experiment(name, s, w, func(l *lab) (func(), error) {
			if toxic == "" {
				return func() {}, nil
			}
			return func() {}, l.addToxic(toxic)
		})
	}))
}

// nothingSent adds the violations of a fault under which no request can be sent.
func nothingSent(t *tally) *tally {
	if t.succeeded > 0 {
		t.violationf("%d calls succeeded", t.succeeded)
	}
	if t.devices > 0 {
		t.violationf("%d devices were created", t.devices)
	}
	for name, created := range t.creations {
		if errors.Is(created.err, whatspie.ErrOutcomeUnknown) {
			t.violationf("the creation of %s has an unknown outcome: %v", name, created.err)
		}
	}
	return t
}

// newCertificate returns a self-signed certificate for loopback. A negative validFor makes it expired.
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
