// Package pair_test tests which codes Pair shows, what it does in outages, and how it ends.
package pair_test

import (
	"testing"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }
