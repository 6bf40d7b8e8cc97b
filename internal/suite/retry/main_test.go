// Package retry_test tests what is retried, when, and that no request that may change something is sent twice.
package retry_test

import (
	"testing"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }
