//! The works of the sample gallery, all invented.

/// A work of the gallery.
pub(super) struct Sample {
    pub(super) genre: &'static str,
    pub(super) title: &'static str,
    pub(super) artist: usize,
    pub(super) medium: &'static str,
    pub(super) dimensions: &'static str,
    pub(super) year: &'static str,
    pub(super) tags: &'static [&'static str],
    pub(super) description: &'static str,
    /// Where bidding starts, in thousands.
    pub(super) start: i64,
}

/// An artist of the gallery: nickname, name, college.
pub(super) const ARTISTS: &[(&str, &str, &str)] = &[
    ("dalbit", "윤서아", "한빛예술대학교 회화과"),
    ("mokhwa", "정하람", "한빛예술대학교 동양화과"),
    ("graphite", "Lina Park", "Seorae College of Art"),
    ("gama", "최도윤", "남산공예대학 도예과"),
    ("printhaus", "Noah Kim", "Seorae College of Art"),
    ("haneul.s", "서지안", "한빛예술대학교 조소과"),
    ("bluehour", "이로운", "남산공예대학 사진과"),
    ("pixelmoon", "Mira Choi", "Institute of Media, Hanbit"),
];

/// A bidder of the gallery: nickname, name.
pub(super) const BIDDERS: &[(&str, &str)] = &[
    ("collector9", "강민준"),
    ("mulgogi", "한소희"),
    ("arthur", "Arthur Lee"),
    ("seoulsky", "오유진"),
    ("pinetree", "Jun Baek"),
    ("warmgray", "문하늘"),
    ("haru", "임하루"),
    ("quietroom", "Sena Cho"),
];

macro_rules! samples {
    ($($genre:literal: { $($title:literal, $artist:literal, $medium:literal, $dimensions:literal,
        $year:literal, [$($tag:literal),*], $start:literal, $description:literal;)* })*) => {
        /// The works.
        pub(super) const SAMPLES: &[Sample] = &[$($(Sample {
            genre: $genre,
            title: $title,
            artist: $artist,
            medium: $medium,
            dimensions: $dimensions,
            year: $year,
            tags: &[$($tag),*],
            start: $start,
            description: $description,
        },)*)*];
    };
}

samples! {
    "painting": {
        "새벽 네 시의 바다", 0, "캔버스에 유채", "72.7 × 60.6 cm", "2025", ["바다", "새벽"], 120,
            "첫차를 기다리며 본 바다를 기억으로 그렸다.";
        "Field after Rain", 2, "Oil on canvas", "60 × 50 cm", "2026", ["landscape"], 80,
            "Three layers of green, scraped back to the ground.";
        "붉은 언덕", 0, "캔버스에 아크릴", "53 × 45.5 cm", "2026", ["풍경", "빨강"], 60,
            "고향 마을 뒷산의 저녁.";
        "Harbour, Low Tide", 6, "Oil on linen", "90 × 60 cm", "2024", ["sea"], 150,
            "Painted on site in one morning.";
    }
    "oriental-painting": {
        "안개 낀 산", 1, "장지에 수묵", "100 × 60 cm", "2025", ["산수", "수묵"], 90,
            "먹의 농담만으로 산의 깊이를 그렸다.";
        "소나무와 달", 1, "한지에 수묵담채", "70 × 45 cm", "2026", ["소나무", "달"], 110,
            "겨울밤 학교 뒤뜰의 소나무.";
        "River without Name", 1, "Ink on hanji", "120 × 50 cm", "2024", ["river"], 140,
            "A river drawn from memory, without lifting the brush twice.";
        "먼 산 가까운 산", 0, "비단에 채색", "65 × 40 cm", "2026", ["산수"], 75,
            "겹겹의 산을 다섯 번 쌓아 올렸다.";
    }
    "drawing": {
        "앉아 있는 사람", 2, "종이에 목탄", "42 × 29.7 cm", "2026", ["인물"], 25,
            "20분 크로키를 다듬은 작업.";
        "Standing Figure, Turning", 2, "Charcoal on paper", "59 × 42 cm", "2025", ["figure"], 30,
            "From a series of forty, one for each morning.";
        "Study of Hands and Cloth", 2, "Graphite on paper", "29.7 × 21 cm", "2026", ["study"], 18,
            "Hard pencil, soft cloth.";
        "계단의 그림자", 4, "종이에 연필", "36 × 26 cm", "2025", ["그림자"], 22,
            "오후 세 시의 실기동 계단.";
    }
    "printmaking": {
        "겹물결", 4, "다색 목판", "45 × 35 cm, 에디션 3/12", "2025", ["목판", "물결"], 35,
            "두 가지 색을 세 번 겹쳐 찍었다.";
        "Signal Fire", 4, "Linocut, edition 5/20", "40 × 30 cm", "2026", ["linocut"], 28,
            "Cut in one night, printed in a week.";
        "Night Train", 4, "Etching and aquatint, 2/8", "30 × 25 cm", "2024", ["etching"], 45,
            "The window of the last train home.";
        "해와 파도", 0, "석판", "50 × 38 cm, 에디션 1/10", "2026", ["석판"], 40,
            "돌 위에 그린 바다.";
    }
    "sculpture": {
        "기울어진 것", 5, "브론즈", "높이 38 cm", "2025", ["브론즈"], 300,
            "넘어지기 직전의 균형.";
        "Hollow", 5, "Limestone", "31 × 18 × 16 cm", "2024", ["stone"], 260,
            "What was taken away is the work.";
        "서 있는 바람", 5, "화강석", "높이 52 cm", "2026", ["돌", "바람"], 420,
            "바람을 돌로 세웠다.";
        "Torso of Nobody", 5, "Plaster, patinated", "45 × 22 × 20 cm", "2026", ["figure"], 180,
            "Cast from three different models.";
    }
    "ceramics": {
        "달항아리", 3, "백자", "지름 41 cm", "2026", ["백자", "달항아리"], 200,
            "위아래를 따로 물레로 차서 이어 붙였다.";
        "Ash Glaze Bottle", 3, "Stoneware, wood-fired", "28 × 14 cm", "2025", ["stoneware"], 70,
            "Four days in the kiln with pine.";
        "청자 물병", 3, "청자", "24 × 13 cm", "2025", ["청자"], 95,
            "비 갠 뒤의 하늘색을 찾았다.";
        "Vessel for a Single Branch", 3, "Porcelain", "33 × 12 cm", "2026", ["porcelain"], 55,
            "It wants exactly one branch.";
    }
    "craft": {
        "조각보", 1, "모시, 손바느질", "90 × 90 cm", "2025", ["조각보", "섬유"], 85,
            "외할머니의 모시 적삼 조각으로 지었다.";
        "Warp / Weft No. 7", 2, "Hand-woven wool", "120 × 80 cm", "2026", ["textile"], 65,
            "Dyed with onion skins and indigo.";
        "나전 상자", 3, "자개, 옻칠", "18 × 12 × 8 cm", "2024", ["나전", "옻칠"], 160,
            "끊음질 기법으로 만든 보석함.";
        "Basket for Rain", 5, "Willow and copper", "40 × 40 × 25 cm", "2026", ["basket"], 48,
            "It holds nothing, beautifully.";
    }
    "photography": {
        "블루 아워", 6, "젤라틴 실버 프린트, 1/5", "50 × 40 cm", "2025", ["도시", "밤"], 50,
            "해가 진 뒤 12분.";
        "Windows, Seoul", 6, "Pigment print, 2/7", "60 × 45 cm", "2026", ["city"], 55,
            "Each window is somebody's evening.";
        "마지막 버스", 6, "피그먼트 프린트, 1/3", "45 × 30 cm", "2026", ["버스", "밤"], 38,
            "종점에서 내린 뒤.";
        "Roofs", 6, "Silver gelatin, 3/9", "30 × 24 cm", "2024", ["city"], 32,
            "From the same stairs, through one winter.";
    }
    "illustration": {
        "언덕 위의 집", 7, "디지털, 아카이벌 프린트", "42 × 30 cm", "2026", ["집"], 15,
            "그림책 ‘느린 우체국’ 열두 번째 장면.";
        "The Moon Moves In", 7, "Gouache on paper", "30 × 21 cm", "2025", ["moon"], 20,
            "The moon rents the room above the bakery.";
        "나무 아래 낮잠", 0, "종이에 과슈", "29 × 21 cm", "2026", ["나무"], 17,
            "여름방학의 마지막 날.";
        "Three Hills, One Light", 7, "Digital print, 4/30", "40 × 30 cm", "2026", ["landscape"], 14,
            "For everybody who leaves a light on.";
    }
    "calligraphy": {
        "바람 風", 1, "화선지에 먹", "69 × 45 cm", "2025", ["서예"], 45,
            "한 획에 한 호흡.";
        "고요", 1, "한지에 먹", "50 × 35 cm", "2026", ["서예", "고요"], 38,
            "가장 느린 붓으로 썼다.";
        "Water, Written", 1, "Ink on hanji", "70 × 40 cm", "2026", ["ink"], 42,
            "The same word, the fortieth time.";
        "길 道", 1, "화선지에 먹", "100 × 50 cm", "2024", ["서예"], 60,
            "멈춘 자리가 보이도록 썼다.";
    }
    "design": {
        "Grid Study IV", 7, "Screenprint poster, 1/50", "70 × 50 cm", "2026", ["poster"], 22,
            "Forty-eight cells, five colours, no rules.";
        "졸업전시 포스터", 7, "실크스크린", "84 × 59 cm", "2025", ["포스터"], 30,
            "전시는 끝났지만 포스터는 남았다.";
        "Alphabet of Bricks", 4, "Risograph, 12/80", "42 × 30 cm", "2026", ["type"], 16,
            "A typeface that could be built.";
        "숫자 달력", 4, "리소그래프", "42 × 30 cm", "2026", ["달력"], 12,
            "2027년 열두 장.";
    }
    "media": {
        "Interference", 7, "Generative video, 4 min loop", "1920 × 1080", "2026", ["video"], 100,
            "Two waves that never meet twice in the same way.";
        "잔상", 7, "싱글채널 비디오, 3분", "3840 × 2160", "2025", ["비디오"], 130,
            "눈을 감은 뒤에 보이는 것.";
        "Scan Lines for M.", 7, "Custom software, screen", "32 inch", "2026", ["software"], 170,
            "It draws as long as it is switched on.";
        "소음의 색", 7, "사운드 반응 영상", "가변 크기", "2026", ["사운드"], 90,
            "도시의 소음을 색으로 옮겼다.";
    }
    "installation": {
        "백 개의 숨", 5, "유리, LED, 실", "가변 설치", "2025", ["빛"], 250,
            "관객의 숨에 반응하는 백 개의 전구.";
        "Room for One Person", 5, "Light, wire, plywood", "240 × 240 × 260 cm", "2026", ["light"], 350,
            "Enter alone.";
        "느린 비", 3, "도자 조각 300개, 낚싯줄", "가변 설치", "2026", ["도자", "비"], 220,
            "바닥에 닿지 않는 비.";
        "Weather Report", 7, "Lamps, live weather data", "variable", "2026", ["data"], 190,
            "As bright as the sky over the harbour.";
    }
}
