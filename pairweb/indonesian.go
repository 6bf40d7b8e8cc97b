package pairweb

const indonesianContact = "Silakan hubungi pengelola situs ini."

var indonesian = Texts{
	Heading:      "Hubungkan WhatsApp",
	StepsHeading: "Di ponsel",
	Steps: []string{
		"Buka *WhatsApp*",
		"Di menu *⋮* atau *Pengaturan*, ketuk *Perangkat tertaut*",
		"Ketuk *Tautkan perangkat*",
		"Arahkan kamera ke kode ini",
	},
	OtherScreen: "Melihat ini di ponsel yang ingin dihubungkan? Buka halaman ini di layar lain.",
	NoScript:    "Halaman ini memerlukan JavaScript untuk menampilkan kode. Aktifkan JavaScript, lalu muat ulang halaman.",

	Waiting:      "Mengambil kode…",
	Renewing:     "Mengambil kode baru…",
	Slow:         "Proses ini lebih lama dari biasanya. Masih mencoba…",
	Reconnecting: "Menghubungkan kembali…",

	Scan:           Notice{"Pindai kode ini", "Kode baru akan muncul saat kode ini kedaluwarsa."},
	ScanNext:       Notice{"Pindai kode baru ini", "Kode baru akan muncul saat kode ini kedaluwarsa."},
	OpenLink:       Notice{"Buka kode, lalu pindai", "Kode baru akan muncul saat kode ini kedaluwarsa."},
	OpenLinkButton: "Buka kode",
	SlowScan:       "Kode tetap dapat dipindai. Proses menghubungkan mungkin lebih lama dari biasanya.",
	CodeAlt:        "Kode QR untuk WhatsApp",
	ExpiredCodeAlt: "Kode QR ini sudah kedaluwarsa",
	BrokenCodeAlt:  "Kode QR ini tidak dapat ditampilkan",

	Finishing: Notice{
		"Menyelesaikan…",
		"Biarkan WhatsApp tetap terbuka di ponsel. Jika belum memindai kode, kode baru akan muncul.",
	},
	Connected:  "Terhubung",
	ReturnLink: "Lanjutkan",
	TryAgain:   "Coba lagi",

	NotInTime:   Notice{"Waktu habis sebelum ponsel terhubung", "Siapkan ponsel Anda, lalu coba lagi."},
	NoCode:      Notice{"Kode belum tersedia saat ini", "Coba lagi dalam beberapa menit."},
	Unconfirmed: Notice{"Koneksi belum dikonfirmasi", "Ponsel Anda mungkin sudah terhubung. Coba lagi dalam satu menit."},
	Suspended: Notice{
		"Perangkat ini ditangguhkan",
		"Saat ini ponsel tidak dapat dihubungkan ke perangkat ini. " + indonesianContact,
	},
	NotFound:    Notice{"Perangkat ini tidak ada", "Mungkin perangkat sudah dihapus. " + indonesianContact},
	Unavailable: Notice{"Situs ini sedang tidak dapat menghubungkan ponsel", indonesianContact},
	Failed:      Notice{"Terjadi kesalahan", indonesianContact},
	SignedOut:   Notice{"Anda tidak lagi memiliki akses", "Masuk kembali, lalu buka lagi halaman ini."},
	Denied: Notice{
		"Tidak ada akses",
		"Anda tidak memiliki akses ke halaman ini. Masuk dahulu, atau minta tautan yang benar.",
	},
}
