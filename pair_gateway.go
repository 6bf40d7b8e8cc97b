package whatspie

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"net/url"
	"time"

	"github.com/whatspie-go/whatspie/internal/pairing"
	"github.com/whatspie-go/whatspie/internal/qrimage"
)

// newPairing returns a session that uses the API through s.
func (s *DevicesService) newPairing(id int64, rule pairing.Rule) *pairing.Session[*QRCode, *Device] {
	var session *pairing.Session[*QRCode, *Device]
	session = pairing.New(pairing.Gateway[*QRCode, *Device]{
		Code: func(ctx context.Context) (*QRCode, error) {
			code, err := s.QR(ctx, id, WithoutRetry()) // the session schedules its own retries
			if errors.Is(err, ErrDeviceConnected) {
				began := time.Now()
				if device, failed := s.Get(ctx, id, WithoutRetry()); failed == nil {
					session.Seen(device, began)
				}
			}
			return code, err
		},
		Device: func(ctx context.Context) (*Device, error) { return s.Get(ctx, id) },
		SameCode: func(a, b *QRCode) bool {
			return bytes.Equal(a.PNG(), b.PNG()) && a.URL() == b.URL() || a.identity() == b.identity()
		},
		Status:     pairingStatus,
		SameDevice: func(a, b *Device) bool { return a.ID == b.ID },
		SameState: func(a, b *Device) bool {
			return a.PairedStatus.is(b.PairedStatus)
		},
		Classify: func(err error) (pairing.Failure, time.Duration) {
			return pairingFailure(err), s.caller.retryAfter(err)
		},
	}, rule)
	return session
}

// identity is a digest of the modules in the image, or of the link without its query, which may hold a changing
// signature.
func (q *QRCode) identity() qrimage.Key {
	if link, err := url.Parse(q.URL()); err == nil && q.URL() != "" {
		return sha256.Sum256([]byte(link.Scheme + "://" + link.Host + link.EscapedPath()))
	}
	if grid, err := q.grid(); err == nil {
		return grid.Key()
	}
	return sha256.Sum256(q.PNG())
}

func pairingStatus(device *Device) pairing.Status {
	switch {
	case device.Paired():
		return pairing.Paired
	case device.PairedStatus.is(PairedStatusSuspended):
		return pairing.Suspended
	case device.PairedStatus.is(PairedStatusExpired):
		return pairing.Expired
	default:
		return pairing.Waiting
	}
}

func pairingFailure(err error) pairing.Failure {
	switch {
	case endsLoop(err):
		return pairing.Final
	case isNotYet(err):
		return pairing.NotYet
	default:
		return pairing.Outage
	}
}
