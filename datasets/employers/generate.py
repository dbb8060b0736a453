"""The synthetic twin of the census's employer question: forms to be matched with SIRENE, 2018.

A register of invented enterprises and establishments is composed the way French names and
addresses are; census forms are then written by people who work there, with the habits and slips of
people who fill in a paper form. The model, its sources and its limits are told on the card.

Text is composed with accents, as people know it; the register holds it in capitals without them.
"""

import datetime
import itertools
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from ssplab.data import Block
from ssplab.system import SsplabError

# A block is a whole register with its forms: within it nothing but content links the two.
ENTERPRISES = 15_000
ESTABLISHMENTS = 20_000
FORMS = 5_000
MAX_BLOCKS = 100  # so that SIREN stay in the range below

# What marks the identifiers is the NIC: no enterprise but the post office comes near 9001.
FIRST_NIC = 9001
FIRST_SIREN = 98_000_000  # without its check digit
FORM_IDS = 9_000_000
# Multipliers prime to the sizes of the ranges: neighbours in a range come from any block.
SIREN_STEP = 854_101
FORM_STEP = 5_562_307

CENSUS = datetime.date(2018, 1, 1)

# département; of it; adjective; region; foreign places; communes with postcodes and weight
_DEPARTMENTS = """
75|de Paris|Parisienne|Île-de-France||75115 Paris 15 75015 230; 75120 Paris 20 75020 185; 75118
  Paris 18 75018 183; 75113 Paris 13 75013 181; 75119 Paris 19 75019 179; 75116 Paris 16 75016
  159; 75117 Paris 17 75017 159; 75111 Paris 11 75011 138; 75112 Paris 12 75012 138; 75114 Paris
  14 75014 136; 75110 Paris 10 75010 84; 75109 Paris 9 75009 57; 75105 Paris 5 75005 55
92|des Hauts-de-Seine|Francilienne|Val de Seine||92012 Boulogne-Billancourt 92100 119; 92050
  Nanterre 92000 98; 92004 Asnières-sur-Seine 92600 94; 92025 Colombes 92700 91; 92026 Courbevoie
  92400 83; 92063 Rueil-Malmaison 92500 83; 92044 Levallois-Perret 92300 68
93|de la Seine-Saint-Denis|Dionysienne|Île-de-France Nord||93066 Saint-Denis 93200 93210 111;
  93048 Montreuil 93100 112; 93001 Aubervilliers 93300 88; 93005 Aulnay-sous-Bois 93600 88; 93051
  Noisy-le-Grand 93160 73; 93029 Drancy 93700 72
69|du Rhône|Lyonnaise|Rhône-Alpes||69266 Villeurbanne 69100 164; 69383 Lyon 3 69003 101; 69387
  Lyon 7 69007 88; 69388 Lyon 8 69008 86; 69259 Vénissieux 69200 66; 69389 Lyon 9 69009 54; 69256
  Vaulx-en-Velin 69120 53; 69386 Lyon 6 69006 49; 69290 Saint-Priest 69800 49; 69385 Lyon 5 69005
  48
13|des Bouches-du-Rhône|Phocéenne|Provence||13001 Aix-en-Provence 13080 13090 13100 13290 13540
  150; 13213 Marseille 13 13013 95; 13208 Marseille 8 13008 85; 13215 Marseille 15 13015 79; 13209
  Marseille 9 13009 77; 13212 Marseille 12 13012 64; 13214 Marseille 14 13014 61; 13210 Marseille
  10 13010 60; 13211 Marseille 11 13011 60
59|du Nord|Lilloise|Flandres|BELGIQUE:Tournai,Mouscron,Courtrai|59350 Lille 59000 59160 59260
  59800 238; 59599 Tourcoing 59200 99; 59512 Roubaix 59100 98; 59183 Dunkerque 59140 59240 59279
  59430 59640 86; 59009 Villeneuve-d'Ascq 59491 59493 59650 63; 59606 Valenciennes 59300 43; 59650
  Wattrelos 59150 41; 59178 Douai 59500 40; 59378 Marcq-en-Barœul 59700 40
33|de la Gironde|Bordelaise|Aquitaine||33063 Bordeaux 33000 33100 33200 33300 33800 268; 33281
  Mérignac 33700 78; 33318 Pessac 33600 67; 33522 Talence 33400 46; 33550 Villenave-d'Ornon 33140
  43; 33449 Saint-Médard-en-Jalles 33160 33; 33039 Bègles 33130 32
31|de la Haute-Garonne|Toulousaine|Occitanie||31555 Toulouse 31000 31100 31200 31300 31400 31500
  515; 31149 Colomiers 31770 41; 31557 Tournefeuille 31170 30; 31069 Blagnac 31700 28; 31395 Muret
  31600 26; 31424 Plaisance-du-Touch 31830 21; 31157 Cugnaux 31270 21
44|de la Loire-Atlantique|Nantaise|Atlantique||44109 Nantes 44000 44100 44200 44300 328; 44184
  Saint-Nazaire 44600 75; 44162 Saint-Herblain 44800 51; 44143 Rezé 44400 44; 44190
  Saint-Sébastien-sur-Loire 44230 29; 44114 Orvault 44700 29
35|d'Ille-et-Vilaine|Rennaise|Bretagne||35238 Rennes 35000 35200 35700 231; 35288 Saint-Malo 35400
  47; 35115 Fougères 35300 20; 35047 Bruz 35170 20; 35360 Vitré 35500 19; 35051 Cesson-Sévigné
  35510 19
67|du Bas-Rhin|Strasbourgeoise|Alsace|ALLEMAGNE:Kehl,Offenburg,Baden-Baden|67482 Strasbourg 67000
  67100 67200 294; 67180 Haguenau 67500 36; 67447 Schiltigheim 67300 35; 67218
  Illkirch-Graffenstaden 67400 28; 67267 Lingolsheim 67380 21; 67462 Sélestat 67600 20
68|du Haut-Rhin|Mulhousienne|Haute-Alsace|SUISSE:Bâle,Muttenz,Allschwil|68224 Mulhouse 68100 68200
  105; 68066 Colmar 68000 67; 68297 Saint-Louis 68300 23; 68376 Wittenheim 68270 16; 68154 Illzach
  68110 15
57|de la Moselle|Messine|Lorraine|LUXEMBOURG:Luxembourg,Bettembourg,Esch-sur-Alzette|57463 Metz
  57000 57050 57070 123; 57672 Thionville 57100 43; 57480 Montigny-lès-Metz 57950 22; 57227
  Forbach 57600 20; 57631 Sarreguemines 57200 20; 57757 Yutz 57970 17
54|de Meurthe-et-Moselle|Nancéienne|Lorraine Sud|LUXEMBOURG:Luxembourg,Dudelange,Pétange|54395
  Nancy 54000 54100 104; 54547 Vandœuvre-lès-Nancy 54500 30; 54329 Lunéville 54300 18; 54528 Toul
  54200 16; 54323 Longwy 54400 16
06|des Alpes-Maritimes|Niçoise|Riviera|MONACO:Monaco,Monte-Carlo|06088 Nice 06000 06100 06200
  06300 358; 06004 Antibes 06160 06600 78; 06029 Cannes 06150 06400 74; 06027 Cagnes-sur-Mer 06800
  53; 06069 Grasse 06130 06520 51; 06030 Le Cannet 06110 42; 06123 Saint-Laurent-du-Var 06700 32
34|de l'Hérault|Héraultaise|Languedoc||34172 Montpellier 34000 34070 34080 34090 310; 34032
  Béziers 34500 82; 34301 Sète 34200 45; 34003 Agde 34300 30; 34145 Lunel 34400 27; 34057
  Castelnau-le-Lez 34170 26
76|de la Seine-Maritime|Rouennaise|Normandie||76351 Le Havre 76600 76610 76620 167; 76540 Rouen
  76000 76100 118; 76575 Saint-Étienne-du-Rouvray 76800 30; 76681 Sotteville-lès-Rouen 76300 29;
  76217 Dieppe 76200 76370 28; 76322 Le Grand-Quevilly 76120 26
74|de la Haute-Savoie|Savoyarde|Savoie|SUISSE:Genève,Carouge,Lausanne|74010 Annecy 74000 74370
  74600 74940 74960 132; 74281 Thonon-les-Bains 74200 38; 74012 Annemasse 74100 38; 74081 Cluses
  74300 18; 74256 Sallanches 74700 17; 74225 Rumilly 74150 16
29|du Finistère|Finistérienne|Armor||29019 Brest 29200 142; 29232 Quimper 29000 64; 29039
  Concarneau 29900 21; 29103 Landerneau 29800 16; 29075 Guipavas 29490 16; 29151 Morlaix 29600 15
63|du Puy-de-Dôme|Auvergnate|Auvergne||63113 Clermont-Ferrand 63000 63100 146; 63124
  Cournon-d'Auvergne 63800 20; 63300 Riom 63200 19; 63075 Chamalières 63400 18; 63178 Issoire
  63500 15; 63284 Pont-du-Château 63430 12
21|de la Côte-d'Or|Dijonnaise|Bourgogne||21231 Dijon 21000 162; 21054 Beaune 21200 20; 21166
  Chenôve 21300 14; 21617 Talant 21240 12; 21171 Chevigny-Saint-Sauveur 21800 11
38|de l'Isère|Grenobloise|Alpes||38185 Grenoble 38000 38100 156; 38421 Saint-Martin-d'Hères 38400
  38; 38151 Échirolles 38130 37; 38544 Vienne 38200 32; 38053 Bourgoin-Jallieu 38300 30; 38169
  Fontaine 38600 22
45|du Loiret|Orléanaise|Val de Loire||45234 Orléans 45000 45100 116; 45232 Olivet 45160 24; 45284
  Saint-Jean-de-Braye 45800 23; 45147 Fleury-les-Aubrais 45400 22; 45302 Saran 45770 17
14|du Calvados|Caennaise|Basse-Normandie||14118 Caen 14000 109; 14327 Hérouville-Saint-Clair 14200
  23; 14366 Lisieux 14100 20; 14762 Vire Normandie 14500 17; 14047 Bayeux 14400 13
"""

# NAF rev. 2 sub-class | share of companies | typical size, log | how such firms are called |
# what they do, as a noun | how people write the activity | occupations
_ACTIVITIES = """
01.21Z|6|0.7|Domaine;Vignoble;Cave|Viticulture|viticulture;vigne;production de vin|ouvrier
  viticole;vigneron;chef de culture
01.30Z|3|0.9|Pépinières;Horticulture;Serres|Horticulture|horticulture;pépiniériste;production de
  plantes|ouvrier horticole;jardinier
10.13A|3|2.4|Salaisons;Charcuterie|Salaison|fabrication de charcuterie;agroalimentaire;industrie
  de la viande|ouvrier agroalimentaire;charcutier;opérateur de production
10.71C|26|1.3|Boulangerie;Boulangerie
  Pâtisserie;Fournil;Maison|Boulangerie|boulangerie;boulangerie pâtisserie;fabrication et vente de
  pain|boulanger;vendeuse en boulangerie;pâtissier;apprenti boulanger
10.71D|5|1.1|Pâtisserie;Pâtisserie Chocolaterie|Pâtisserie|pâtisserie;chocolaterie;fabrication de
  gâteaux|pâtissier;vendeuse
18.12Z|6|1.7|Imprimerie;Impressions|Impression|imprimerie;impression de
  documents|imprimeur;conducteur offset;infographiste
20.42Z|2|2.7|Laboratoires;Parfums|Cosmétique|fabrication de cosmétiques;parfumerie;industrie
  cosmétique|opératrice de conditionnement;technicien de laboratoire;chimiste
22.22Z|3|2.7|Plastiques;Emballages|Plasturgie|plasturgie;fabrication d'emballages
  plastiques;industrie plastique|opérateur sur presse;régleur;cariste
23.63Z|2|1.9|Bétons;Béton Prêt|Béton|fabrication de béton;centrale à béton|conducteur de
  centrale;chauffeur toupie
25.11Z|6|2.0|Constructions Métalliques;Charpentes;Métallerie|Métallerie|charpente
  métallique;métallerie;construction métallique|soudeur;métallier;chaudronnier
25.62B|10|2.2|Mécanique de Précision;Usinage;Ateliers|Mécanique|mécanique industrielle;usinage de
  pièces;mécanique de précision|tourneur fraiseur;usineur;ajusteur;technicien méthodes
27.12Z|2|2.8|Électrotechnique;Tableautiers|Électrotechnique|fabrication d'armoires
  électriques;matériel électrique|câbleur;monteur câbleur;électrotechnicien
31.09B|4|1.7|Ameublement;Ébénisterie|Ameublement|fabrication de
  meubles;ébénisterie|ébéniste;menuisier;ouvrier du meuble
33.12Z|6|1.7|Maintenance Industrielle;Réparation|Maintenance|maintenance industrielle;réparation
  de machines|technicien de maintenance;mécanicien;électromécanicien
38.11Z|3|2.6|Collecte;Recyclage;Propreté|Collecte|collecte de déchets;ramassage des
  ordures;recyclage|ripeur;chauffeur benne;agent de tri
41.20A|16|1.6|Constructions;Maisons;Pavillons|Construction|construction de maisons
  individuelles;bâtiment;construction|maçon;conducteur de travaux;commercial
43.21A|30|1.3|Électricité;Électricité Générale;Elec|Électricité|électricité
  générale;électricien;installation électrique;bâtiment|électricien;chef de chantier;apprenti
  électricien
43.22A|28|1.2|Plomberie;Plomberie Chauffage;Sanitaire|Plomberie|plomberie;plomberie
  chauffage;plomberie sanitaire|plombier;plombier chauffagiste;chauffagiste
43.22B|14|1.6|Chauffage;Climatisation;Thermique;Génie Climatique|Chauffage|chauffage
  climatisation;génie climatique;installation de chauffage|chauffagiste;frigoriste;technicien
  chauffage
43.31Z|10|1.1|Plâtrerie;Plâtrerie Isolation|Isolation|plâtrerie;isolation;pose de
  placo|plaquiste;plâtrier;peintre
43.32A|22|1.2|Menuiserie;Menuiseries;Fermetures|Menuiserie|menuiserie bois;pose de
  menuiseries;menuiserie|menuisier;poseur de menuiseries;apprenti menuisier
43.34Z|22|1.1|Peinture;Peinture Décoration;Peintures|Peinture|peinture en bâtiment;peinture
  décoration;travaux de peinture|peintre en bâtiment;peintre;peintre décorateur
43.91B|14|1.2|Couverture;Toitures;Couverture Zinguerie|Couverture|couverture
  zinguerie;couvreur;travaux de toiture|couvreur;couvreur zingueur;charpentier
43.99C|34|1.4|Maçonnerie;Bâtiment;Entreprise Générale;Construction|Maçonnerie|maçonnerie
  générale;maçonnerie gros oeuvre;bâtiment;btp|maçon;chef d'équipe;coffreur;manoeuvre
45.11Z|12|2.1|Automobiles;Autos|Automobile|vente de voitures;concession automobile;commerce
  automobile|vendeur automobile;mécanicien automobile;carrossier
45.20A|34|1.2|Garage;Carrosserie;Auto Services|Automobile|réparation
  automobile;garage;carrosserie;mécanique auto|mécanicien;carrossier peintre;mécanicien automobile
46.31Z|6|1.9|Primeurs;Fruits et Légumes|Négoce|commerce de gros de fruits et légumes;grossiste en
  fruits|cariste;préparateur de commandes;acheteur
46.69B|12|1.8|Fournitures Industrielles;Équipements|Équipement|vente de fournitures
  industrielles;commerce de gros de matériel|technico commercial;magasinier;commercial
46.73A|8|2.0|Matériaux;Bois et Matériaux|Négoce de Matériaux|négoce de matériaux;vente de
  matériaux de construction|magasinier;chef d'agence;chauffeur livreur
47.11B|20|0.6|Alimentation Générale;Épicerie;Proxi Alimentation|Alimentation|alimentation
  générale;épicerie;supérette|épicier;employé de magasin;caissière
47.11D|14|2.9|Supermarché;Super;Marché|Distribution|supermarché;grande distribution;commerce
  alimentaire;grande surface|caissière;hôtesse de caisse;employé libre service;boucher;chef de
  rayon
47.11F|3|4.4|Hypermarché;Hyper|Distribution|hypermarché;grande distribution;commerce
  alimentaire|hôtesse de caisse;employé commercial;manager de rayon;caissière
47.22Z|12|1.0|Boucherie;Boucherie Charcuterie|Boucherie|boucherie;boucherie charcuterie;vente de
  viande|boucher;apprenti boucher;vendeuse
47.52B|5|2.8|Bricolage;Brico|Bricolage|magasin de bricolage;bricolage;vente de matériel de
  bricolage|vendeur;conseiller de vente;hôte de caisse
47.59A|8|1.7|Meubles;Literie;Cuisines|Ameublement|vente de meubles;magasin de meubles;vente de
  cuisines|vendeur;cuisiniste;livreur
47.71Z|26|1.1|Boutique;Prêt-à-Porter;Mode|Habillement|prêt à porter;vente de vêtements;magasin de
  vêtements|vendeuse;conseillère de vente;responsable de magasin
47.73Z|18|1.7|Pharmacie;Grande Pharmacie|Pharmacie|pharmacie;officine;pharmacie
  d'officine|préparatrice en pharmacie;pharmacienne;pharmacien adjoint
47.76Z|10|0.9|Fleurs;Jardinerie;Atelier Floral|Fleurs|fleuriste;vente de
  fleurs;jardinerie|fleuriste;vendeuse;responsable végétal
47.78A|9|1.2|Optique;Opticiens|Optique|optique;opticien;vente de
  lunettes|opticien;opticienne;monteur vendeur
49.39A|4|2.9|Autocars;Voyages;Cars|Voyages|transport de voyageurs;transport
  scolaire;autocars|conducteur de car;chauffeur de bus
49.32Z|10|0.2|Taxi;Taxis|Taxi|taxi;transport de personnes|chauffeur de taxi;artisan taxi
49.41A|12|2.3|Transports;Transports Routiers|Transport|transport routier;transport de
  marchandises;transports|chauffeur routier;conducteur poids lourd;exploitant transport
49.41B|12|1.6|Transports;Messagerie;Livraisons|Transport|transport;transport de
  proximité;livraison|chauffeur livreur;conducteur livreur
49.42Z|4|1.7|Déménagements|Déménagement|déménagement;garde meubles|déménageur;chauffeur déménageur
52.10B|4|2.9|Entrepôts;Logistique|Logistique|logistique;entreposage;plateforme
  logistique|préparateur de commandes;cariste;agent logistique
52.29B|5|2.4|Affrètement;Transit;Logistique|Affrètement|affrètement;organisation de
  transports;commission de transport|affréteur;exploitant transport;agent de transit
53.20Z|4|2.2|Express;Colis;Courses|Messagerie|livraison de
  colis;messagerie;coursier|livreur;chauffeur livreur;agent de quai
55.10Z|14|2.0|Hôtel;Hôtel Restaurant;Auberge|Hôtellerie|hôtellerie;hôtel;hôtel
  restaurant|réceptionniste;femme de chambre;veilleur de nuit;cuisinier
56.10A|60|1.4|Restaurant;Brasserie;Auberge;Bistrot;Pizzeria|Restauration|restauration;restaurant;restauration
  traditionnelle|serveur;serveuse;cuisinier;plongeur;chef de cuisine
56.10C|34|1.2|Snack;Kebab;Pizza;Sandwicherie|Restauration|restauration rapide;fast food;vente à
  emporter;snack|équipier polyvalent;employé de restauration;pizzaiolo;livreur
56.29A|3|2.6|Restauration Collective;Cuisine Centrale|Restauration Collective|restauration
  collective;cantine;restaurant d'entreprise|cuisinier;employé de restauration;chef gérant
56.30Z|18|0.7|Café;Bar;Bar Tabac;Café de|Brasserie|bar;café;débit de boissons;bar
  tabac|barman;serveuse;gérant
58.13Z|2|2.8|Éditions;Journal;Presse|Presse|presse;journal;édition de
  journaux|journaliste;secrétaire de rédaction;assistante commerciale
61.10Z|1|3.2|Télécom;Réseaux|Télécommunications|télécommunications;opérateur
  télécom;téléphonie|technicien réseaux;conseiller clientèle;ingénieur réseaux
62.01Z|16|1.8|Informatique;Logiciels;Systèmes;Digital|Informatique|informatique;édition de
  logiciels;développement informatique|développeur;ingénieur informatique;chef de projet
  informatique
62.02A|16|2.2|Conseil;Ingénierie Informatique;Solutions|Conseil|conseil informatique;ssii;services
  informatiques|consultant;ingénieur d'études;consultant informatique
64.19Z|2|3.0|Banque;Crédit|Crédit|banque;établissement bancaire;services bancaires|conseiller
  clientèle;chargé d'accueil;conseiller bancaire
65.12Z|2|3.3|Mutuelle;Assurances|Assurance|assurance;mutuelle;assurances|gestionnaire
  sinistres;téléconseiller;chargé de clientèle
66.22Z|12|0.9|Assurances;Cabinet;Courtage|Courtage|assurances;agent général
  d'assurance;courtage|agent général;collaborateur d'agence;conseiller en assurance
68.20B|40|-2.0|Immobilière;Foncière;Résidence|Gestion|location immobilière;gestion
  immobilière|gérant;gestionnaire
68.31Z|20|1.0|Immobilier;Agence;Immo|Immobilier|agence immobilière;immobilier;transaction
  immobilière|agent immobilier;négociateur immobilier;assistante
69.10Z|14|1.1|Cabinet;Étude;Notaires;Avocats|Conseil Juridique|cabinet d'avocats;étude
  notariale;juridique|secrétaire juridique;clerc de notaire;avocat;assistante juridique
69.20Z|10|2.0|Cabinet;Expertise;Fiduciaire|Expertise Comptable|expertise comptable;cabinet
  comptable;comptabilité|comptable;assistante comptable;expert comptable;collaborateur comptable
70.10Z|14|0.9|Holding;Groupe;Participations|Participation|siège social;holding;gestion de
  sociétés|directeur;assistante de direction;contrôleur de gestion
70.22Z|26|0.8|Conseil;Consulting;Développement|Conseil|conseil aux entreprises;conseil en
  gestion;cabinet de conseil|consultant;consultante;formatrice
71.11Z|12|0.9|Architectes;Architecture;Atelier|Architecture|architecture;cabinet
  d'architecte|architecte;dessinateur;assistante
71.12B|18|1.7|Ingénierie;Études;Bureau d'Études;Géotechnique|Études Techniques|bureau
  d'études;ingénierie;études techniques|ingénieur;dessinateur projeteur;technicien bureau d'études
71.20A|4|0.8|Contrôle Technique;Auto Contrôle|Contrôle|contrôle technique automobile;contrôle
  technique|contrôleur technique;secrétaire
73.11Z|10|1.2|Communication;Agence;Publicité;Studio|Communication|communication;agence de
  publicité;publicité|graphiste;chef de publicité;chargée de communication
75.00Z|5|1.0|Clinique Vétérinaire;Cabinet Vétérinaire|Soins Vétérinaires|vétérinaire;clinique
  vétérinaire;soins aux animaux|vétérinaire;auxiliaire vétérinaire
77.11A|4|1.3|Location;Auto Location|Location|location de voitures;location de véhicules|agent de
  comptoir;préparateur de véhicules
80.10Z|5|3.0|Sécurité;Gardiennage;Protection|Sécurité|sécurité
  privée;gardiennage;surveillance|agent de sécurité;agent de surveillance;chef de poste
81.21Z|12|2.5|Nettoyage;Propreté;Net|Nettoyage|nettoyage;nettoyage de bureaux;propreté;entretien
  de locaux|agent d'entretien;agent de propreté;femme de ménage;chef d'équipe
81.30Z|14|1.1|Paysages;Espaces Verts;Jardins|Paysage|espaces verts;paysagiste;entretien de
  jardins|jardinier;paysagiste;ouvrier paysagiste
82.20Z|2|3.6|Contact;Relation Client|Relation Client|centre d'appels;relation
  client;télémarketing|téléconseillère;téléopérateur;superviseur
85.53Z|6|0.8|Auto-École;École de Conduite|Conduite|auto école;enseignement de la
  conduite|monitrice auto école;moniteur;secrétaire
85.59A|12|1.5|Formation;Institut;Centre de Formation|Formation|formation professionnelle;formation
  continue;organisme de formation|formateur;formatrice;assistante de formation
86.10Z|2|4.6|Clinique;Polyclinique;Centre de Soins|Santé|clinique;établissement de
  santé;hospitalisation privée|infirmière;aide soignante;agent de service hospitalier;brancardier
86.21Z|22|0.5|Cabinet Médical;Maison Médicale;Centre Médical|Médecine|cabinet médical;médecine
  générale;santé|médecin généraliste;secrétaire médicale;médecin
86.23Z|14|0.9|Cabinet Dentaire;Centre Dentaire|Soins Dentaires|cabinet dentaire;dentiste;soins
  dentaires|assistante dentaire;chirurgien dentiste;secrétaire médicale
86.90A|5|2.1|Ambulances|Transport Sanitaire|ambulances;transport sanitaire;transport de
  malades|ambulancier;auxiliaire ambulancier;régulateur
86.90D|20|0.1|Cabinet Infirmier;Cabinet de Soins|Soins Infirmiers|infirmière libérale;soins
  infirmiers;soins à domicile|infirmière;infirmier libéral
87.10A|5|3.6|Résidence;Maison de Retraite;EHPAD|Hébergement|maison de retraite;ehpad;hébergement
  de personnes âgées|aide soignante;agent de service;infirmière;animatrice
88.10A|6|3.2|Aide à Domicile;Services à Domicile;Assistance|Aide à Domicile|aide à
  domicile;services à la personne;aide aux personnes âgées|aide à domicile;auxiliaire de vie;aide
  ménagère
88.91A|5|2.0|Crèche;Multi-Accueil;Micro-Crèche|Petite Enfance|crèche;garde d'enfants;petite
  enfance|auxiliaire de puériculture;éducatrice de jeunes enfants;agent petite enfance
96.01B|5|1.0|Pressing;Laverie;Blanchisserie|Blanchisserie|pressing;blanchisserie;nettoyage de
  vêtements|repasseuse;employée de pressing
96.02A|36|0.9|Coiffure;Salon de Coiffure;Coiff;Institut|Coiffure|coiffure;salon de
  coiffure;coiffeur|coiffeuse;coiffeur;apprentie coiffeuse
96.03Z|4|1.2|Pompes Funèbres;Marbrerie|Pompes Funèbres|pompes funèbres;services
  funéraires;marbrerie|conseiller funéraire;porteur;marbrier
"""

# Associations: how they are called | of what | sub-class | log size | texts | occupations
_ASSOCIATIONS = """
Association|Centre Social;Maison de Quartier;Foyer|88.99B|1.7|action sociale;centre
  social;association;accompagnement social|animatrice;éducateur spécialisé;travailleur social
Association|Aide à Domicile;Soins à Domicile;Vivre Chez Soi|88.10A|3.0|aide à domicile;association
  d'aide à domicile|aide à domicile;auxiliaire de vie
Union|Sportive;Football;Athlétique|93.12Z|0.3|club de sport;sport;association sportive|éducateur
  sportif;entraîneur
Amicale|Laïque;Culturelle;des Parents|94.99Z|0.2|association;loisirs;centre de
  loisirs|animateur;secrétaire
Association|d'Insertion;pour l'Emploi;de Formation|85.59A|1.9|insertion
  professionnelle;formation;association d'insertion|formateur;conseillère en insertion;encadrant
  technique
Association|Les Enfants;Petite Enfance;Parentale|88.91A|1.9|crèche associative;petite
  enfance;garde d'enfants|auxiliaire de puériculture;éducatrice de jeunes enfants
Institut|Médico-Éducatif;Thérapeutique;Adapté|88.99B|3.2|médico social;institut médico
  éducatif;handicap|éducateur spécialisé;moniteur éducateur;aide médico psychologique
Fondation|des Apprentis;de l'Enfance;Hospitalière|87.10A|3.4|fondation;médico social;maison
  d'enfants|éducateur;aide soignante;surveillant de nuit
Ensemble|Scolaire;Scolaire Privé;d'Enseignement|85.31Z|3.3|enseignement privé;école
  privée;enseignement|professeur;enseignante;surveillant
"""

# Invented national brands: sub-class | kind of outlet | variants | outlets are mostly franchised
_BRANDS = """
Valmarché|47.11D|Supermarché|Contact;Express;Market|1
Primoval|47.11F|Hypermarché|Drive|0
Coccival|47.11B|Supérette|Proxi;City|1
Moissonia|10.71C|Boulangerie||1
Croq'Ville|56.10C|Restaurant|Drive|1
Tacorama|56.10C|Restaurant||1
Pizzalune|56.10C|Pizzeria||1
Grillador|56.10A|Restaurant|Grill|0
Hôtelia|55.10Z|Hôtel|Budget;Style;Confort|1
Nuitéa|55.10Z|Hôtel|Premier;Éco|0
Optivéo|47.78A|Opticien||1
Modaline|47.71Z|Boutique|Homme;Kids|0
Kidalou|47.71Z|Magasin||0
Chaussimo|47.71Z|Magasin||0
Bricoval|47.52B|Magasin|Pro;Dépôt|1
Verdijardin|47.76Z|Jardinerie||1
Cuisinéa|47.59A|Magasin|Cuisines|1
Autoprestia|45.20A|Garage|Pneus;Service|1
Contrôlia|71.20A|Centre|Auto|1
Locavia|77.11A|Agence|Utilitaires|1
Ciseldor|96.02A|Salon|Homme;Studio|1
Netopress|96.01B|Pressing||1
Immovance|68.31Z|Agence|Gestion|1
Assurélia|66.22Z|Agence||1
Banque du Ponant|64.19Z|Agence|Entreprises|0
Crédit Solidariste|64.19Z|Agence||0
Mutualis|65.12Z|Agence|Santé|0
Télévia|61.10Z|Boutique||0
Résidalis|87.10A|Résidence||0
Jardins d'Alba|87.10A|Résidence||0
Aidoméo|88.10A|Agence||1
Babilune|88.91A|Crèche||0
Nettalis|81.21Z|Agence|Propreté;Services|0
Proprisma|81.21Z|Agence|Services|0
Vigiléo|80.10Z|Agence|Sécurité;Protection|0
Restaulor|56.29A|Restaurant|Collectivités;Santé|0
Transolia|52.29B|Agence|Logistics;Transit|0
Colivia|53.20Z|Agence|Express|1
Logivance|52.10B|Entrepôt|Supply|0
Conduitéa|85.53Z|Auto-école||1
"""
# Temporary work agencies, invented: their workers are the traps
AGENCIES = (
    *("Intéria", "Missior", "Adéquo", "Tempovia", "Proméo", "Staffélia", "Relayance", "Jobalia"),
)
AGENCY_CODE = "78.20Z"
AGENCY_TEXTS = ("intérim", "travail temporaire", "agence d'intérim", "mission d'intérim")
AT_CLIENTS = {"81.21Z", "80.10Z", "56.29A", "33.12Z", "62.02A", "88.10A"}


def _split(by: str, text: str) -> tuple[str, ...]:
    return tuple(text.split(by))


# Composed, none taken from a list of people: a sole trader's row must not look like somebody's
SURNAMES = _split(
    " ",
    "Abrimel Abrol Alvarion Ambussard Ardavier Arsental Avroudin Balmental Balvy Bardorgeat "
    "Bazesson Bernimel Beslevault Blavarion Borserolle Bourdigneul Brivaux Brisouillet "
    "Brudel Brumesson Cabouillet Calmarlet Calvoz Cauvarion Chabisseau Chalarlet Chantussard "
    "Charisnard Chavrin Clerorgeat Clervot Condisseau Corbombert Corsel Coudrisseau "
    "Courorgeat Cravaubin Dalbisnard Dalvy Deverand Dorelmot Dornel Doubaudel Dralaudel "
    "Duvivet Esclellin Esnor Espelard Estrerand Fabelard Faluval Falvet Fargervin Fauviral "
    "Felussard Ferlarlet Fognental Fourmental Fresniral Gabonneau Gailerand Galouvrin "
    "Garloblet Garvel Gaudisnard Gerbiral Gibonneau Gouvarion Gravonneau Grimillard Grudel "
    "Guivoblet Hautervin Hermevault Hulelmot Jaloudin Jalvon Jarnombert Jauvindeau Joboisel "
    "Jorvel Jouravier Laborgeat Landavier Laurigneul Lavussard Lezigneul Lignarlet Lobandel "
    "Lomvin Lucoblet Mabivet Malolard Malvot Mancaveau Marbuval Maulerolle Merlervin "
    "Mirisseau Mongoisel Mordel Mortarion Mourisseau Narbimel Narvet Navolard Nivivet "
    "Noirmarion Ombrelmot Orberand Orvervin Palouillet Palvin Pardoisel Pelvombert Permental "
    "Plivesson Possaudel Pralardot Prendel Prunandel Queravier Quervot Ramoudin Ravesson "
    "Regelmot Ribivet Rofonneau Rouvelmot Sabarion Salerolle Sarronneau Sarvel Sauvindeau "
    "Semevault Serverand Signussard Solvet Sorbivet Taloisel Talvin Tarnelmot Tervormel "
    "Thibiral Torcouillet Travimel Tuborgeat Urdel Urverand Valouillet Vandesson Vardot "
    "Varindeau Vaucombert Vermandel Vignouillet Villonneau Vorellin Vornel Yvindeau Yvrel",
)

PLACES = _split(
    ";",
    "du Vieux Port;de la Gare;des Halles;du Marché;du Centre;de l'Hôtel de Ville;du Château;"
    "de la Place;du Pont Neuf;du Stade;de la Cathédrale;du Parc;des Remparts;du Lac;de la Poste;"
    "du Moulin;de la Fontaine;des Quais;du Théâtre;des Jardins;de la Plage;du Faubourg;"
    "du Rond-Point;de l'Aéroport;de la Forêt;des Tilleuls;du Vallon;des Alouettes;de la Colline;"
    "du Canal;"
    "de l'Étoile;du Soleil;des Lilas;du Cheval Blanc;du Lion d'Or;des Voyageurs;des Sports;"
    "du Commerce;de l'Europe;de la Paix;des Arcades;du Beffroi;de la Citadelle;du Phare;des Dunes",
)

NATURE = _split(
    ";",
    "Les Tilleuls;Les Acacias;Les Cèdres;Les Mimosas;Les Glycines;Bellevue;Beauséjour;Beau Site;"
    "Les Marronniers;Les Peupliers;Le Parc;La Roseraie;Les Coquelicots;Belle Étoile;Les Oliviers;"
    "Les Hirondelles;La Chênaie;Les Ormeaux;Val Fleuri;Les Bleuets;Clairefontaine;Les Platanes",
)

SAINTS = _split(
    ";",
    "Saint Martin;Saint Michel;Sainte Anne;Saint Joseph;Saint Pierre;Sainte Marie;Saint Jacques;"
    "Saint Antoine;Saint Louis;Sainte Thérèse;Saint Vincent;Saint Éloi;Saint Roch;Saint Honoré;"
    "Sainte Catherine;Saint Nicolas;Saint Hilaire;Sainte Odile;Saint Christophe;Notre Dame",
)

_STREETS = (
    "RUE:de la République;de la Gare;de l'Église;du Moulin;des Écoles;de Paris;du Château;Pasteur;"
    "Victor Hugo;Gambetta;de la Liberté;des Lilas;du Stade;de la Fontaine;Nationale;du Commerce;"
    "Saint Jean;des Jardins;de Verdun;du 8 Mai 1945;du 11 Novembre;de l'Hôpital;des Tanneurs;"
    "de la Paix;du Port;des Acacias;Basse;Haute;du Faubourg;de Strasbourg;du Marché;des Carmes;"
    "de l'Industrie;de Lyon;du Maréchal Foch;Carnot;Voltaire;des Fleurs;du Canal;de Bretagne|"
    "AV:Jean Jaurès;du Général de Gaulle;de la République;de la Libération;du Maréchal Leclerc;"
    "de l'Europe;de Paris;Victor Hugo;des Pyrénées;de la Gare;du Parc;de Bordeaux;de la Mer|"
    "BD:de la Liberté;Victor Hugo;Gambetta;Jean Jaurès;de l'Europe;Carnot;de Strasbourg;Pasteur|"
    "PL:de la République;de la Mairie;du Marché;de l'Église;de la Gare;de l'Hôtel de Ville|"
    "RTE:de Toulouse;de Paris;de Nantes;Nationale;de Lyon|CHE:du Moulin;des Vignes;de la Plaine|"
    "ALL:des Platanes;des Tilleuls;de la Forêt|QU:de la Marne;du Port|CRS:de la Libération|"
    "IMP:des Lilas;du Moulin|ZI:Nord;Sud;de la Plaine;des Portes|ZAC:des Portes;du Parc;"
    "de l'Étoile|ZA:de la Croix;des Landes;du Bois"
)
STREETS = tuple(
    (kind, name)
    for group in _STREETS.split("|")
    for kind, names in [group.split(":")]
    for name in names.split(";")
)
STREET_WORDS = {  # SIRENE's code of the street's type: how people write it
    "RUE": ("rue", "rue", "rue", "r"),
    "AV": ("avenue", "av", "avenue", "ave"),
    "BD": ("boulevard", "bd", "bld", "boulevard"),
    "PL": ("place", "pl", "place"),
    "RTE": ("route", "rte"),
    "CHE": ("chemin", "ch", "chem"),
    "ALL": ("allée", "all"),
    "QU": ("quai", "quai"),
    "CRS": ("cours", "crs"),
    "IMP": ("impasse", "imp"),
    "ZI": ("zone industrielle", "zi", "z i"),
    "ZAC": ("zac", "zone"),
    "ZA": ("za", "zone artisanale", "zone d'activité"),
}
ZONES = {"ZI", "ZAC", "ZA"}

SYLLABLES = _split(
    " ",
    "Aqua Axi Bati Celti Delta Eco Elec Euro Geo Hexa Info Inter Logi Medi Nova Omni Opti Pro Sani "
    "Soli Techni Terra Thermo Trans Tri Uni Valo Vega Viva Alti Armo Bio Cap Dyna Floréa Isa Kali",
)
ENDINGS = _split(
    " ",
    "bat tec plus net serv line sol rex via lia dis mat pro zen dia gest form pack clim élec coop "
    "mont nord sud tis ria lor val cem dor",
)

LEGAL_FORMS = {  # how it is written: category of SIRENE
    **{"SARL": "5499", "EURL": "5498", "SAS": "5710", "SASU": "5720", "SA": "5599"},
    **{"SNC": "5202", "SCI": "6540", "SELARL": "5485", "SCOP": "5458"},
}
_FORM_ODDS = {"SARL": 42, "SAS": 30, "SASU": 7, "EURL": 10, "SA": 7, "SNC": 3, "SCOP": 1}
SOLE_TRADER, ASSOCIATION, TOWN, SOCIAL_CENTRE = "1000", "9220", "7210", "7361"
HOSPITAL, DEPARTMENT, SCHOOL, UNIVERSITY = "7364", "7220", "7331", "7383"
STATE_OFFICE, HEALTH_INSURANCE, SYNDICATE, WORKS_COUNCIL = "7172", "8110", "7353", "8311"
PROFESSIONS = {"86.21Z", "86.23Z", "86.90D", "69.10Z", "47.73Z"}

ABBREVIATIONS = (  # either may stand in the register or on a form
    ("Établissements", "Ets"),
    ("Société", "Sté"),
    ("Saint", "St"),
    ("Sainte", "Ste"),
    ("Centre", "Ctre"),
    ("Hospitalier", "Hosp"),
    ("Compagnie", "Cie"),
    ("Entreprise", "Entr"),
    ("Transports", "Trpts"),
    ("Association", "Asso"),
    ("Universitaire", "Univ"),
    ("Restaurant", "Resto"),
    ("Boulangerie", "Boul"),
    ("Pharmacie", "Phie"),
    ("Distribution", "Distrib"),
    ("Construction", "Constr"),
    ("Services", "Serv"),
    ("Immobilière", "Immo"),
    ("Résidence", "Rés"),
    ("Collège", "Clg"),
    ("Général", "Gal"),
    ("Départementale", "Dépt"),
    ("Intercommunal", "Interco"),
    ("Supermarché", "Super"),
    ("Électricité", "Elec"),
    ("Menuiserie", "Menuis"),
    ("Plomberie", "Plomb"),
    ("Maçonnerie", "Maçon"),
    ("Informatique", "Info"),
    ("Automobiles", "Auto"),
)
_SHORT = {long.lower(): short for long, short in ABBREVIATIONS}
_LONG = {short.lower(): long for long, short in ABBREVIATIONS}

# What is heard, not what is spelt: longest first
SOUNDS = (
    ("eau", "o"), ("tion", "ssion"), ("sse", "ce"), ("ph", "f"), ("ge", "je"), ("gi", "ji"),
    ("qu", "k"), ("au", "o"), ("ai", "e"), ("ei", "e"), ("ll", "l"), ("nn", "n"), ("tt", "t"),
    ("rr", "r"), ("mm", "m"), ("ce", "se"), ("ci", "ssi"), ("ch", "sh"), ("th", "t"), ("en", "an"),
    ("ain", "in"), ("ca", "ka"), ("co", "ko"), ("x", "ks"), ("y", "i"), ("z", "s"), ("er", "é"),
    ("et", "é"), ("s", "ss"), ("l", "ll"), ("t", "tt"), ("m", "mm"), ("r", "rr"),
)  # fmt: skip
KEYBOARD = {  # neighbours on a French keyboard
    a: b
    for row in ("azertyuiop", "qsdfghjklm", "wxcvbn")
    for a, b in zip(row, row[1:] + row[-2], strict=True)
}
VAGUE = (
    "une usine", "usine", "entreprise privée", "société privée", "privé", "magasin", "un bureau",
    "mon patron", "entreprise", "secteur privé", "pme", "bureaux", "chantiers divers", "divers",
)  # fmt: skip
HOUSEHOLDS = (
    "particulier", "chez un particulier", "particuliers", "employeur particulier", "cesu",
    "famille", "parents employeurs", "personne âgée", "plusieurs particuliers",
)  # fmt: skip
HOUSEHOLD_WORK = (
    ("garde d'enfants", "assistante maternelle"), ("ménage", "aide ménagère"),
    ("ménage chez particulier", "femme de ménage"), ("aide à domicile", "auxiliaire de vie"),
    ("garde d'enfants à domicile", "nounou"), ("jardinage", "jardinier"),
)  # fmt: skip
ON_ONE_S_OWN = ("à mon compte", "indépendant", "auto entrepreneur", "autoentrepreneur", "moi-même")
ABROAD = ("AG", "GmbH", "SA", "& Co", "Sàrl", "Group")

NOT_YET = 300  # enterprises that the register does not know yet
SCHOOLS, SYNDICATES, FRANCHISEES, ASSOCIATION_COUNT = 200, 60, 520, 850
SOLE_TRADERS, GROUPS, TAKEN_OVER = 3900, 900, 500
MOVED, CHAIN_OUTLETS, ASSOCIATED = 480, 2400, 1900
CLOSED_SHARE, CLOSED_LATE = 0.11, 0.10
_STYLE_ODDS = {
    **{"family": 36, "place": 15, "saint": 5, "nature": 4, "coined": 24, "region": 9, "acronym": 7}
}

AGENCY_JOBS = ("cariste", "manutentionnaire", "ouvrier", "préparateur de commandes", "maçon")
TOWN_TEXTS = ("administration", "mairie", "collectivité territoriale", "fonction publique")
TOWN_JOBS = ("adjoint administratif", "agent technique", "secrétaire", "attaché", "agent d'accueil")
UNIVERSITY_TOWNS = (
    *("Paris", "Lyon", "Marseille", "Lille", "Bordeaux", "Toulouse", "Nantes", "Rennes"),
    *("Strasbourg", "Nancy", "Nice", "Montpellier", "Rouen", "Brest", "Clermont-Ferrand"),
    *("Dijon", "Grenoble", "Orléans", "Caen"),
)
SCHOOL_TEXTS = ("enseignement", "éducation nationale", "enseignement public", "école")
SCHOOL_JOBS = ("professeur", "enseignante", "surveillant", "agent d'entretien", "secrétaire")
HOSPITAL_TEXTS = ("hôpital", "santé", "hôpital public", "soins hospitaliers")
SOCIAL_TEXTS = ("action sociale", "social", "aide sociale")
SOCIAL_JOBS = ("assistante sociale", "aide à domicile", "auxiliaire de vie", "agent social")
INSURANCE_TEXTS = ("sécurité sociale", "assurance maladie", "organisme social")
INSURANCE_JOBS = ("technicien de prestations", "gestionnaire", "agent d'accueil")
UNIVERSITY_TEXTS = ("enseignement supérieur", "université", "recherche")
UNIVERSITY_JOBS = ("enseignant chercheur", "maître de conférences", "secrétaire", "ingénieur")
# Forms a block whose employer the register does not hold, and those whose employer closed lately
NOT_FOUND = {"cross_border": 90, "private_household": 110, "too_new": 90, "not_registered": 110}
CLOSED_FORMS = 60
MISLEADING = {"client_named", "head_office_address", "former_name", "former_address"}
_BOX_ODDS = {
    "right": 775,
    "name_in_address_box": 50,
    "address_in_name_box": 50,
    "activity_for_name": 60,
    "vague_name": 35,
    "blank": 30,
}
_FORM_COLUMNS = [
    *["cabbi", "depcom_code", "empl", "rs_x", "numvoi_x", "typevoi_x", "nomvoi_x", "cpladr_x"],
    *["cpost_x", "clt_x", "plt_x", "actet_x", "profs_x", "profi_x"],
]
_FREE_TEXT = ["rs_x", "typevoi_x", "nomvoi_x", "cpladr_x", "clt_x", "actet_x", "profs_x", "profi_x"]
NAME_COLUMNS = [
    *["denominationUniteLegale", "denominationUsuelle1UniteLegale", "sigleUniteLegale"],
    *["nomUniteLegale", "enseigne1Etablissement", "denominationUsuelleEtablissement"],
]
_SCHOOL_KINDS = (
    ("Lycée Général et Technologique", "Lycée"),
    ("Lycée Professionnel", "Lycée Pro"),
    ("Collège", "Collège"),
)

PATTERNS = (  # the truth has a column each; the card says what they are
    *("misspelling", "phonetic", "accents", "legal_form_changed", "acronym", "expansion"),
    *("brand_for_name", "brand_type_place", "words_swapped", "words_split_or_joined"),
    *("words_dropped", "truncated", "abbreviation", "name_in_address_box"),
    *("address_in_name_box", "residence_commune", "neighbouring_postcode", "cedex"),
    *("address_misspelt", "activity_for_name", "occupation_in_wrong_box", "vague_name"),
    *("blank_fields", "ambiguous_establishment"),
)
NAME_PATTERNS = {
    *("misspelling", "phonetic", "legal_form_changed", "acronym", "expansion", "brand_for_name"),
    *("brand_type_place", "words_swapped", "words_split_or_joined", "words_dropped", "truncated"),
    "abbreviation",
}


# Share of the people who write with care; fitted once, by `datasets/employers/calibrate.py`.
CAREFUL = 0.63
CAREFUL_IF_HARDER = 0.3


class _Commune(NamedTuple):
    code: str
    name: str
    postcodes: tuple[str, ...]
    department: int


class _Department(NamedTuple):
    code: str
    of: str
    adjective: str
    region: str
    country: str
    abroad: tuple[str, ...]


class _Activity(NamedTuple):
    code: str
    size: float
    kinds: tuple[str, ...]
    does: str
    texts: tuple[str, ...]
    jobs: tuple[str, ...]


class _Brand(NamedTuple):
    name: str
    code: str
    outlet: str
    variants: tuple[str, ...]
    franchised: bool


def records(text: str) -> list[str]:
    """Return the records of a table in text; an indented line goes on with its record."""
    return text.strip().replace("\n  ", " ").splitlines()


def _read_places() -> tuple[list[_Department], list[_Commune], np.ndarray]:
    departments, communes, weights = [], [], []
    for line in records(_DEPARTMENTS):
        code, of, adjective, region, abroad, towns = line.split("|")
        country, _, cities = abroad.partition(":")
        departments.append(
            _Department(code, of, adjective, region, country, tuple(cities.split(",")))
        )
        for town in towns.split("; "):
            first, *words, weight = town.split(" ")
            postcodes = tuple(word for word in words if re.fullmatch(r"\d{5}", word))
            name = " ".join(word for word in words if word not in postcodes)
            communes.append(_Commune(first, name, postcodes, len(departments) - 1))
            weights.append(float(weight))
    return departments, communes, np.array(weights) / sum(weights)


def _read_activities() -> tuple[list[_Activity], np.ndarray]:
    activities, weights = [], []
    for line in records(_ACTIVITIES):
        code, weight, size, kinds, does, texts, jobs = line.split("|")
        texts, jobs, kinds = (tuple(part.split(";")) for part in (texts, jobs, kinds))
        activities.append(_Activity(code, float(size), kinds, does, texts, jobs))
        weights.append(float(weight))
    return activities, np.array(weights) / sum(weights)


def _read_associations() -> list[tuple[str, tuple[str, ...], _Activity]]:
    """Return how associations are called, what kinds there are, and what they do."""
    lines = []
    for line in records(_ASSOCIATIONS):
        head, kinds, code, size, texts, jobs = line.split("|")
        kinds, texts, jobs = (tuple(part.split(";")) for part in (kinds, texts, jobs))
        lines.append((head, kinds, _Activity(code, float(size), kinds, head, texts, jobs)))
    return lines


def _read_brands() -> list[_Brand]:
    rows = (line.split("|") for line in records(_BRANDS))
    return [
        _Brand(name, code, outlet, tuple(filter(None, variants.split(";"))), franchised == "1")
        for name, code, outlet, variants, franchised in rows
    ]


_ASSOCIATION_LINES = _read_associations()
_SURNAME_SET = set(SURNAMES)
DEPARTMENTS, COMMUNES, COMMUNE_SHARES = _read_places()
ACTIVITIES, ACTIVITY_SHARES = _read_activities()
ACTIVITY = {activity.code: activity for activity in ACTIVITIES}
BRANDS = _read_brands()
NEIGHBOURS = [
    [i for i, one in enumerate(COMMUNES) if one.department == d] for d in range(len(DEPARTMENTS))
]

_ZONE_STREETS = [street for street in STREETS if street[0] in ZONES]
_BANDS = ("NN", "01", "02", "03", "11", "12", "21", "22", "31", "32", "41", "42")
_BAND_STARTS = (0, 1, 3, 6, 10, 20, 50, 100, 200, 250, 500, 1000)
_LAST_CHANGE = datetime.date(2008, 1, 1).toordinal()  # all units changed to NAF rev. 2 then
_ESTABLISHMENT_COLUMNS = [
    *["siret", "siren", "nic", "dateCreationEtablissement", "trancheEffectifsEtablissement"],
    *["etablissementSiege", "numeroVoieEtablissement", "typeVoieEtablissement"],
    *["libelleVoieEtablissement", "codePostalEtablissement", "libelleCommuneEtablissement"],
    *["codeCommuneEtablissement", "codeCedexEtablissement", "libelleCedexEtablissement"],
    *["dateDebut", "etatAdministratifEtablissement", "enseigne1Etablissement"],
    *["denominationUsuelleEtablissement", "activitePrincipaleEtablissement"],
    *["caractereEmployeurEtablissement"],
]
_ENTERPRISE_COLUMNS = [
    *["siren", "denominationUniteLegale", "denominationUsuelle1UniteLegale", "sigleUniteLegale"],
    *["nomUniteLegale", "prenomUsuelUniteLegale", "categorieJuridiqueUniteLegale"],
    *["activitePrincipaleUniteLegale", "nicSiegeUniteLegale", "trancheEffectifsUniteLegale"],
    *["caractereEmployeurUniteLegale", "etatAdministratifUniteLegale"],
    *["dateCreationUniteLegale"],
]

_ACCENTS = str.maketrans(
    "àâäáãçéèêëîïíôöóùûüúÿñÀÂÄÁÃÇÉÈÊËÎÏÍÔÖÓÙÛÜÚŸÑ", "aaaaaceeeeiiiooouuuuynAAAAACEEEEIIIOOOUUUUYN"
)
_NOT_WORDS = re.compile(r"[^A-Z0-9]+")
_LEGAL_WORDS = {*LEGAL_FORMS, "SELAS", "SCP"}
_SMALL = {"de", "du", "des", "la", "le", "les", "et", "à", "l", "d", "aux", "au", "en", "pour"}


class Dice:
    """Choices from one stream of uniform numbers, the same on every processor."""

    def __init__(self, rng: np.random.Generator, careful: float = 0.0) -> None:
        self.careful = careful  # share of the people who write with care
        self._numbers = itertools.chain.from_iterable(
            rng.random(8192).tolist() for _ in itertools.count()
        )

    def uniform(self) -> float:
        return next(self._numbers)

    def chance(self, probability: float) -> bool:
        return next(self._numbers) < probability

    def below(self, n: int) -> int:
        return int(next(self._numbers) * n)

    def pick(self, choices: Sequence):
        return choices[int(next(self._numbers) * len(choices))]

    def weighted(self, odds: dict):
        bounds = list(itertools.accumulate(odds.values()))
        return list(odds)[bisect_right(bounds, next(self._numbers) * bounds[-1])]

    def day(self, first: int, last: int) -> int:
        """Return a day, as an ordinal, from the years first to last."""
        start = datetime.date(first, 1, 1).toordinal()
        return start + self.below(datetime.date(last + 1, 1, 1).toordinal() - start)


@dataclass(slots=True)
class _Enterprise:
    name: str  # with accents, without its legal form
    category: str
    trade: _Activity
    commune: int
    form: str = ""
    shown: str = ""  # where the register's name has the form: before, after, not at all
    surname: str = ""  # of a sole trader
    acronym: str = ""
    full: str = ""  # of a name that is an acronym
    usual: str = ""
    everyday: tuple[str, ...] = ()
    brand: _Brand | None = None
    chain: bool = False  # it owns many outlets itself
    follows: int = -1  # the enterprise that it took over
    beside: int = -1  # the enterprise whose address it shares
    size: float = 0.0
    opened: int = 0
    closed: int = 0
    outlets: list[tuple[str, _Activity, float]] = field(default_factory=list)  # of a public body


@dataclass(slots=True)
class _Establishment:
    firm: int
    commune: int
    trade: _Activity
    heads: int
    opened: int
    postcode: str = ""
    number: str = ""
    street: tuple[str, str] = ("", "")
    sign: str = ""
    usual: str = ""
    brand: str = ""  # what people call an outlet of a chain, on its sign or not
    cedex: str = ""
    closed: int = 0
    seat: bool = True
    former: int = -1  # the closed establishment that this one continues


def without_accents(text: str) -> str:
    """Return a text without accents and ligatures."""
    text = text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae")
    return text.translate(_ACCENTS)


def unaccented(text: str) -> str:
    """Return a text in capitals without accents, as SIRENE writes."""
    return without_accents(text).upper()


def cleaned(text: str) -> str:
    """Return a name in capitals, without accents, punctuation and legal forms."""
    words = _NOT_WORDS.sub(" ", unaccented(text)).split()
    return " ".join(word for word in words if word not in _LEGAL_WORDS)


def of(name: str) -> str:
    """Return “of” a town in French: de Rennes, du Havre, d'Annecy."""
    if name.startswith("Le "):
        return f"du {name[3:]}"
    vowel = unaccented(name[0]) in "AEIOUY"
    return f"d'{name}" if vowel else f"de {name}"


def n_blocks(scale: float) -> int:
    """Return the number of blocks of a twin: one at scale 1, one at least.

    Raises
    ------
    SsplabError
        If the twin would need more identifiers than their range holds.
    """
    number = max(1, round(scale))
    if number > MAX_BLOCKS:
        raise SsplabError(f"scale is {scale:g}: the employers twin goes up to {MAX_BLOCKS}.")
    return number


def blocks(seed: int, scale: float, *, harder: bool = False) -> Iterator[Block]:
    """Yield the twin block by block, each a register of its own with its forms.

    Block `i` depends on `seed` and `i` only: a larger twin begins with the smaller one. All blocks
    cover the same towns and the same national brands, so that each makes the others harder; town
    halls and other bodies of which there is one a town stand in the first block. Identifiers do
    not tell the block, the order of the rows does.

    Parameters
    ----------
    seed : int
        Seed of the twin, 0 or more.
    scale : float
        1 gives 20,000 establishments and 5,000 forms, 10 ten times as many; less than 1 gives 1.
    harder : bool, default False
        Whether most people write carelessly: a setting beyond the one that is calibrated.

    Yields
    ------
    Block
        Tables `forms`, `establishments`, `enterprises`; truth `forms`.
    """
    for number in range(n_blocks(scale)):
        streams = np.random.SeedSequence(seed, spawn_key=(number,)).spawn(4)
        yield _block(number, [np.random.default_rng(stream) for stream in streams], harder)


def _block(number: int, streams: list[np.random.Generator], harder: bool) -> Block:
    firms, withheld = _enterprises(streams[0], number)
    places, kept_apart = _establishments(streams[1], firms, withheld)
    siren, siret = _identifiers(streams[2], number, firms, places)
    careful = CAREFUL_IF_HARDER if harder else CAREFUL
    forms, truth = _forms(streams[3], careful, firms, places, withheld, kept_apart)
    cabbi = FORM_IDS // 9 + (
        (number * FORMS + streams[2].permutation(FORMS)) * FORM_STEP % FORM_IDS
    )
    forms["cabbi"] = truth["cabbi"] = np.char.add("B", cabbi.astype(str))
    home = truth.pop("place").to_numpy()
    truth["siret"] = [siret[i] if i >= 0 else None for i in home]
    truth["siren"] = [siret[i][:9] if i >= 0 else None for i in home]
    return Block(
        {
            "forms": forms.sort_values("cabbi"),
            "establishments": _establishment_table(places, siret),
            "enterprises": _enterprise_table(firms, places, siren, siret),
        },
        {"forms": truth.sort_values("cabbi")},
    )


def _check_digits(digits: np.ndarray) -> np.ndarray:
    """Return the digit that, put behind each row of digits, satisfies Luhn's rule."""
    doubled = digits.copy()
    doubled[:, ::-2] *= 2
    return -np.where(doubled > 9, doubled - 9, doubled).sum(axis=1) % 10


def _with_check(numbers: np.ndarray, width: int) -> np.ndarray:
    digits = numbers[:, None] // 10 ** np.arange(width - 1, -1, -1) % 10
    return numbers * 10 + _check_digits(digits)


def _identifiers(
    rng: np.random.Generator, block: int, firms: list[_Enterprise], places: list[_Establishment]
) -> tuple[list[str], list[str]]:
    """Return the SIREN of each enterprise and the SIRET of each establishment."""
    index = block * ENTERPRISES + rng.permutation(len(firms))
    size = MAX_BLOCKS * ENTERPRISES
    siren = _with_check(FIRST_SIREN + index * SIREN_STEP % size, 8)
    home = np.array([place.firm for place in places])
    rank = pd.Series(home).groupby(home).cumcount().to_numpy()
    siret = _with_check(siren[home] * 10_000 + FIRST_NIC + rank, 13)
    return siren.astype(str).tolist(), siret.astype(str).tolist()


def _enterprises(
    rng: np.random.Generator, block: int
) -> tuple[list[_Enterprise], list[_Enterprise]]:
    """Compose most enterprises of a block, and some that the register does not know yet."""
    dice = Dice(rng)
    n = ENTERPRISES + NOT_YET
    trades = rng.choice(len(ACTIVITIES), n, p=ACTIVITY_SHARES).tolist()
    towns = rng.choice(len(COMMUNES), n, p=COMMUNE_SHARES).tolist()

    firms = [_public_body(*body) for body in _unique_bodies(dice)] if block == 0 else []
    firms += [_school(dice, towns.pop()) for _ in range(SCHOOLS)]
    firms += [_syndicate(dice, towns.pop()) for _ in range(SYNDICATES)]
    for brand in BRANDS:
        firms += [_chain(dice, brand, towns.pop()) for _ in range(1 if brand.franchised else 2)]
    firms += [_agency(dice, name, towns.pop()) for name in AGENCIES]
    franchised = [brand for brand in BRANDS if brand.franchised]
    firms += [_franchisee(dice, dice.pick(franchised), towns.pop()) for _ in range(FRANCHISEES)]
    firms += [_association(dice, towns.pop()) for _ in range(ASSOCIATION_COUNT)]
    for _ in range(SOLE_TRADERS):
        firms.append(_sole_trader(dice, ACTIVITIES[trades.pop()], towns.pop()))
    for _ in range(GROUPS):  # a firm, and the company by which its owners hold it or its walls
        firm = company(dice, ACTIVITIES[trades.pop()], towns.pop(), dice.pick(["family", ""]))
        firm.size += 1.1
        firms += [firm, _owner(dice, firm)]
        firms[-1].beside = len(firms) - 2
    for _ in range(TAKEN_OVER):
        trade, town = ACTIVITIES[trades.pop()], towns.pop()
        before, after = company(dice, trade, town), company(dice, trade, town)
        if dice.chance(0.5):  # the same firm in another legal form is another enterprise
            after.name, after.usual, after.acronym = before.name, before.usual, before.acronym
            after.full = before.full
        after.size += 0.8
        firms += [before, after]
        after.follows = len(firms) - 2
    while len(firms) < ENTERPRISES - ASSOCIATED:
        firms.append(company(dice, ACTIVITIES[trades.pop()], towns.pop()))
    for firm in firms:
        firm.opened = dice.day(1955, 1999) if dice.chance(0.25) else dice.day(2000, 2016)
        if firm.follows >= 0:
            firm.opened = dice.day(2014, 2017)
            before = firms[firm.follows]
            before.opened, before.closed = firm.opened - 500 - dice.below(9000), firm.opened
        elif firm.closed == 0 and dice.chance(CLOSED_SHARE) and not (firm.brand or firm.outlets):
            late = dice.chance(CLOSED_LATE)
            first = CENSUS.toordinal() - 92 if late else firm.opened + 200
            firm.closed = first + dice.below(CENSUS.toordinal() - first)
    withheld = [company(dice, ACTIVITIES[trades.pop()], towns.pop()) for _ in range(NOT_YET)]
    return firms, withheld


def company(dice: Dice, trade: _Activity, town: int, style: str = "") -> _Enterprise:
    """Compose a company's name in one of the ways in which French ones are."""
    department = DEPARTMENTS[COMMUNES[town].department]
    kind, name = dice.pick(trade.kinds), dice.pick(SURNAMES)
    firm = _Enterprise("", "", trade, town, size=trade.size)
    style = style or dice.weighted(_STYLE_ODDS)
    if style == "family":
        firm.name = dice.pick(
            [
                *[name, f"Établissements {name}", f"{name} et Fils", f"{name} Frères"],
                *[f"{kind} {name}", f"{name} {kind}", f"{name} {trade.does}", f"Maison {name}"],
                *[f"{kind} {name} {dice.pick(SURNAMES)}", f"{kind} {name} et Associés"],
                *[f"Société {name}", f"Entreprise {name}", f"Société d'Exploitation {name}"],
            ]
        )
    elif style == "place":
        firm.name = f"{kind} {dice.pick(PLACES)}"
    elif style == "saint":
        firm.name = f"{kind} {dice.pick(SAINTS)}"
    elif style == "nature":
        firm.name = f"{kind} {dice.pick(NATURE)}"
    elif style == "coined":
        coined = dice.pick(SYLLABLES) + dice.pick(ENDINGS)
        if dice.chance(0.35):
            coined = f"So{name[:2].lower()}{dice.pick(ENDINGS)}"
        tail = ["", "", "", f" {trade.does}", f" {department.region}", f" {kind}", " Services"]
        firm.name = coined + dice.pick(tail)
    elif style == "region":
        adjective = department.adjective
        firm.name = dice.pick(
            [
                *[f"{trade.does} {department.region}", f"{department.region} {trade.does}"],
                *[f"Compagnie {adjective} {of(trade.does)}", f"{kind} {department.region}"],
                *[f"{trade.does} Services {department.region}", f"{kind} {COMMUNES[town].name}"],
            ]
        )
    else:
        head = dice.pick(["Société", "Société Nouvelle", "Compagnie", "Entreprise", "Générale"])
        tail = dice.pick(["", f" et {dice.pick(ACTIVITIES).does}", " et Services", " Industrielle"])
        full = f"{head} {department.adjective} {of(trade.does)}{tail}"
        if dice.chance(0.5):
            firm.name, firm.full = _initials(full), full
            firm.usual = full if dice.chance(0.4) else ""
        else:
            firm.name, firm.acronym = full, _initials(full)
    if not firm.acronym and not firm.full and dice.chance(0.05) and len(firm.name.split()) > 2:
        firm.acronym = _initials(firm.name)
    if not firm.usual and dice.chance(0.06):
        firm.usual = f"{kind} {dice.pick(PLACES)}"
    firm.name = " ".join(_abbreviated(dice, firm.name.split())) if dice.chance(0.2) else firm.name
    _incorporate(dice, firm)
    return firm


def _initials(text: str) -> str:
    words = re.split(r"[\s'-]+", text)
    return "".join(unaccented(word[0]) for word in words if word.lower() not in _SMALL)


def _incorporate(dice: Dice, firm: _Enterprise) -> None:
    if firm.trade.code in PROFESSIONS and dice.chance(0.5):
        firm.form = "SELARL"
    elif firm.trade.code == "68.20B" and dice.chance(0.8):
        firm.form = "SCI"
    else:
        firm.form = dice.weighted(_FORM_ODDS)
    firm.category = LEGAL_FORMS[firm.form]
    firm.shown = dice.weighted({"": 60, "before": 24, "after": 16})


def _owner(dice: Dice, firm: _Enterprise) -> _Enterprise:
    """Compose the company that owns a firm or its walls, under the same name or nearly."""
    surname = next((word for word in firm.name.split() if word in _SURNAME_SET), firm.name)
    if dice.chance(0.6):
        name = dice.pick([surname, f"{surname} Immobilier", f"{firm.name} {firm.trade.does}"])
        owner = _Enterprise(name, "", ACTIVITY["68.20B"], firm.commune, size=-3)
        owner.form, owner.shown = "SCI", "before"
        owner.category = LEGAL_FORMS["SCI"]
        return owner
    name = dice.pick([f"{surname} Participations", f"Holding {surname}", f"{firm.name} Holding"])
    owner = _Enterprise(name, "", ACTIVITY["70.10Z"], firm.commune, size=-1)
    _incorporate(dice, owner)
    return owner


def _sole_trader(dice: Dice, trade: _Activity, town: int) -> _Enterprise:
    surname = dice.pick(SURNAMES)
    kind = dice.pick(trade.kinds)
    return _Enterprise(
        name=surname,
        category=SOLE_TRADER,
        trade=trade,
        commune=town,
        surname=surname,
        usual=dice.pick([f"{kind} {surname}", f"{kind} {dice.pick(PLACES)}"])
        if dice.chance(0.2)
        else "",
        everyday=(f"{kind} {surname}", f"{surname} {kind}"),
        size=trade.size - 1.3,
    )


def _franchisee(dice: Dice, brand: _Brand, town: int) -> _Enterprise:
    style = dice.pick(["coined", "coined", "family", "region"])
    firm = company(dice, ACTIVITY[brand.code], town, style)
    firm.brand = brand
    return firm


def _chain(dice: Dice, brand: _Brand, town: int) -> _Enterprise:
    department = DEPARTMENTS[COMMUNES[town].department]
    trade = ACTIVITY[brand.code]
    name = dice.pick(
        [
            *[brand.name, f"{brand.name} France", f"{brand.name} {department.region}"],
            *[f"{trade.does} {department.region}", f"Société d'Exploitation {brand.name}"],
            *[f"{brand.name} {trade.does}", f"Compagnie {department.adjective} {of(trade.does)}"],
        ]
    )
    firm = _Enterprise(name, "", trade, town, brand=brand, chain=True, size=trade.size)
    _incorporate(dice, firm)
    return firm


def _agency(dice: Dice, name: str, town: int) -> _Enterprise:
    trade = _Activity(AGENCY_CODE, 3.6, ("Intérim",), "Intérim", AGENCY_TEXTS, AGENCY_JOBS)
    brand = _Brand(name, AGENCY_CODE, "Agence", ("Intérim", "Emploi"), False)
    legal = dice.pick([name, f"{name} Travail Temporaire", f"{name} Intérim", f"{name} France"])
    firm = _Enterprise(legal, "", trade, town, brand=brand, chain=True, size=3.6)
    _incorporate(dice, firm)
    return firm


def _association(dice: Dice, town: int) -> _Enterprise:
    head, kinds, trade = dice.pick(_ASSOCIATION_LINES)
    department = DEPARTMENTS[COMMUNES[town].department]
    where = dice.pick(
        [*[of(COMMUNES[town].name), department.of], dice.pick(NATURE), dice.pick(PLACES)]
    )
    name = f"{head} {dice.pick(kinds)} {where}"
    firm = _Enterprise(name, ASSOCIATION, trade, town, size=trade.size)
    if dice.chance(0.45):
        firm.acronym = _initials(name)
    if dice.chance(0.08):
        firm.name, firm.full = _initials(name), name
    return firm


def _school(dice: Dice, town: int) -> _Enterprise:
    kind, short = dice.pick(_SCHOOL_KINDS)
    where = dice.pick([*PLACES, *NATURE, *SAINTS[:3]])
    trade = _Activity("85.31Z", 3.1, (short,), "Enseignement", SCHOOL_TEXTS, SCHOOL_JOBS)
    everyday = (f"{short} {where}", "Éducation Nationale", f"{short} {where}")
    return _Enterprise(f"{kind} {where}", SCHOOL, trade, town, everyday=everyday, size=trade.size)


def _syndicate(dice: Dice, town: int) -> _Enterprise:
    department = DEPARTMENTS[COMMUNES[town].department]
    what = dice.pick(["des Eaux", "de Collecte des Déchets", "d'Assainissement", "de Voirie"])
    name = f"Syndicat Intercommunal {what} {of(dice.pick([department.region, 'la Vallée']))}"
    trade = _Activity("84.11Z", 2.6, ("Syndicat",), "Syndicat", TOWN_TEXTS, TOWN_JOBS)
    return _Enterprise(name, SYNDICATE, trade, town, acronym=_initials(name), size=trade.size)


def _unique_bodies(dice: Dice) -> Iterator[tuple]:
    """Yield the public bodies of which there is one a town or one a département."""
    seen = set()
    for town, commune in enumerate(COMMUNES):
        name = commune.name.rstrip("0123456789 ")
        if name not in seen:
            seen.add(name)
            yield "town", dice, town, name
            if dice.chance(0.6):
                yield "social", dice, town, name
            if name in UNIVERSITY_TOWNS:
                yield "university", dice, town, name
            if name in UNIVERSITY_TOWNS or dice.chance(0.3):
                yield "hospital", dice, town, name
    for towns in NEIGHBOURS:
        name = COMMUNES[towns[0]].name.rstrip("0123456789 ")
        for kind in ("department", "taxes", "insurance"):
            yield kind, dice, towns[0], name


def _public_body(kind: str, dice: Dice, town: int, name: str) -> _Enterprise:
    """Compose a public body with its long name, what people call it, and where it works."""
    department = DEPARTMENTS[COMMUNES[town].department]
    first = town == NEIGHBOURS[COMMUNES[town].department][0]
    grand = name in UNIVERSITY_TOWNS

    def trade(code: str, does: str, texts: tuple, jobs: tuple) -> _Activity:
        return _Activity(code, 0.0, (does,), does, texts, jobs)

    office = trade("84.11Z", "Administration", TOWN_TEXTS, TOWN_JOBS)
    schooling = trade("85.20Z", "École", SCHOOL_TEXTS, SCHOOL_JOBS)
    nursery = ACTIVITY["88.91A"]
    care = trade("86.10Z", "Hôpital", HOSPITAL_TEXTS, ACTIVITY["86.10Z"].jobs)
    if kind == "town":
        firm = _Enterprise(f"Commune {of(name)}", TOWN, office, town, size=4.6 if first else 3.5)
        firm.everyday = (f"Mairie {of(name)}", f"Ville {of(name)}", f"Mairie {of(name)}", "Mairie")
        for _ in range(2 + dice.below(4)):
            firm.outlets.append((f"École {dice.pick(NATURE)}", schooling, 1.6))
        firm.outlets.append((f"Crèche {dice.pick(NATURE)}", nursery, 1.8))
        firm.outlets.append(("Services Techniques Municipaux", office, 2.8))
    elif kind == "social":
        full = f"Centre Communal d'Action Sociale {of(name)}"
        social = trade("88.99B", "Action Sociale", SOCIAL_TEXTS, SOCIAL_JOBS)
        firm = _Enterprise(full, SOCIAL_CENTRE, social, town, acronym="CCAS", size=2.6)
        firm.everyday = (f"CCAS {of(name)}", "CCAS")
        firm.outlets.append((f"Résidence {dice.pick(NATURE)}", ACTIVITY["87.10A"], 2.8))
    elif kind == "hospital":
        tail, short = ("Universitaire ", "CHU") if grand else ("", "CH")
        full = f"Centre Hospitalier {tail}{of(name)}"
        firm = _Enterprise(full, HOSPITAL, care, town, acronym=short, size=5.6 if grand else 4.4)
        firm.everyday = (f"{short} {of(name)}", f"Hôpital {of(name)}", f"{short} {name}")
        for _ in range(3 if grand else 1):
            where = dice.pick([*SAINTS, *PLACES])
            firm.outlets.append((f"Hôpital {where}", care, 4.4 if grand else 3.0))
    elif kind == "department":
        firm = _Enterprise(f"Département {department.of}", DEPARTMENT, office, town, size=4.4)
        firm.everyday = (f"Conseil Départemental {department.of}", "Conseil Général")
        firm.everyday += (f"Conseil Général {department.of}", "Conseil Départemental")
        for _ in range(4):
            firm.outlets.append(("Maison des Solidarités", office, 2.4))
    elif kind == "taxes":
        full = f"Direction Départementale des Finances Publiques {department.of}"
        firm = _Enterprise(full, STATE_OFFICE, office, town, acronym="DDFIP", size=3.8)
        firm.everyday = ("Trésor Public", "Centre des Impôts", "Finances Publiques")
        for _ in range(3):
            firm.outlets.append(("Centre des Finances Publiques", office, 2.3))
    elif kind == "insurance":
        full = f"Caisse Primaire d'Assurance Maladie {department.of}"
        desk = trade("84.30A", "Assurance Maladie", INSURANCE_TEXTS, INSURANCE_JOBS)
        firm = _Enterprise(full, HEALTH_INSURANCE, desk, town, acronym="CPAM", size=4.0)
        firm.everyday = ("Sécurité Sociale", f"CPAM {of(name)}", "Assurance Maladie")
        firm.outlets.append(("", desk, 2.5))
    else:
        teaching = trade("85.42Z", "Université", UNIVERSITY_TEXTS, UNIVERSITY_JOBS)
        firm = _Enterprise(f"Université {of(name)}", UNIVERSITY, teaching, town, size=5.0)
        firm.everyday = (f"Fac {of(name)}", f"Université {name}")
        for sign in ("UFR Sciences", "Institut Universitaire de Technologie"):
            firm.outlets.append((sign, teaching, 3.4))
    firm.trade = firm.trade._replace(size=firm.size)
    return firm


def _establishments(
    rng: np.random.Generator, firms: list[_Enterprise], withheld: list[_Enterprise]
) -> tuple[list[_Establishment], list[_Establishment]]:
    """Place the enterprises of a block and add those that live beside them.

    The withheld ones have an establishment each, apart.
    """
    dice = Dice(rng)
    chains = [i for i, firm in enumerate(firms) if firm.chain]
    follows = {firm.follows for firm in firms}
    ordinary = [
        i
        for i, firm in enumerate(firms)
        if not (firm.chain or firm.outlets or firm.closed or firm.follows >= 0 or i in follows)
        and firm.category not in (SOLE_TRADER, LEGAL_FORMS["SCI"])
    ]
    # Whole numbers, and below: exp differs between processors
    weights = np.rint(1000 * np.exp(0.5 * rng.standard_normal(len(chains))))
    outlets = rng.multinomial(CHAIN_OUTLETS, weights / weights.sum())
    moved = set(rng.choice(ordinary, MOVED, replace=False).tolist())
    public = sum(len(firm.outlets) for firm in firms)
    others = ESTABLISHMENTS - ENTERPRISES - public - CHAIN_OUTLETS - MOVED
    # Larger firms have more of them
    odds = np.rint([1000 * 2 ** min(max(firms[i].size, 0), 4) for i in ordinary])
    secondary = np.bincount(rng.choice(ordinary, others, p=odds / odds.sum()), minlength=len(firms))
    secondary[chains] = outlets
    towns = iter(rng.choice(len(COMMUNES), 2 * CHAIN_OUTLETS, p=COMMUNE_SHARES).tolist())
    spread = iter(rng.standard_normal(ESTABLISHMENTS + len(withheld)).tolist())

    def place(i: int, firm: _Enterprise, town: int, trade: _Activity, size: float):
        heads = int(np.exp(min(size + 0.8 * next(spread), 6.4)).round(6))
        one = _Establishment(i, town, trade, heads, firm.opened, closed=firm.closed)
        _address(dice, one)
        _sign(dice, firm, one)
        return one

    places: list[_Establishment] = []
    seats: dict[int, int] = {}
    for i, firm in enumerate(firms):
        if i in moved:
            old = place(i, firm, _near(dice, firm.commune), firm.trade, firm.size)
            first = max(firm.opened + 100, datetime.date(2013, 1, 1).toordinal())
            old.closed = first + dice.below(CENSUS.toordinal() - 20 - first)
            old.seat = False
            places.append(old)
        seat = place(i, firm, firm.commune, firm.trade, firm.size)
        seats[i] = len(places)
        if i in moved:
            old = places[-1]
            seat.former, seat.opened = len(places) - 1, old.closed
            seat.sign, seat.usual, seat.heads = old.sign, old.usual, old.heads
        elif firm.follows >= 0:
            old = places[seats[firm.follows]]
            seat.former = seats[firm.follows]
            seat.postcode, seat.number, seat.street = old.postcode, old.number, old.street
            seat.sign = old.sign if dice.chance(0.7) else seat.sign
            seat.heads = old.heads
        elif firm.beside >= 0:
            beside = places[seats[firm.beside]]
            seat.postcode, seat.number, seat.street = beside.postcode, beside.number, beside.street
        places.append(seat)
        for sign, trade, size in firm.outlets:
            town = firm.commune
            if firm.category in (DEPARTMENT, STATE_OFFICE, HEALTH_INSURANCE):
                town = dice.pick(NEIGHBOURS[COMMUNES[town].department][1:])
            one = place(i, firm, town, trade, size)
            one.sign = sign if dice.chance(0.85) else ""
            places.append(one)
        served = {firm.commune}
        for _ in range(int(secondary[i])):
            town = _near(dice, firm.commune)
            if firm.chain:  # it spreads out first
                town = next(towns)
                town = next(towns) if town in served else town
                served.add(town)
            one = place(i, firm, town, firm.trade, firm.size - (0.0 if firm.chain else 0.3))
            places.append(one)
        for one in places[seats[i] + 1 :]:
            one.seat = False
            latest = CENSUS.toordinal() - 200
            one.opened = min(firm.opened + dice.below(6000), latest)
            if not firm.closed and dice.chance(0.05):
                one.closed = one.opened + dice.below(CENSUS.toordinal() - one.opened)
    jobs = np.array([_jobs(firms[one.firm], one) for one in places], dtype=float)
    hosts = rng.choice(len(places), ASSOCIATED, replace=False, p=jobs / jobs.sum()).tolist()
    for host in (places[i] for i in hosts):
        firm = _associated(dice, firms[host.firm], host)
        one = _Establishment(len(firms), host.commune, firm.trade, 0, firm.opened)
        one.postcode, one.number, one.street = host.postcode, host.number, host.street
        firms.append(firm)
        places.append(one)
    apart = [place(-1, firm, firm.commune, firm.trade, firm.size) for firm in withheld]
    return places, apart


def _associated(dice: Dice, firm: _Enterprise, place: _Establishment) -> _Enterprise:
    """Compose a body without employees that lives beside a large employer, under its name."""
    bodies = {
        SCHOOL: ("Association Sportive", "Foyer Socio-Éducatif", "Maison des Élèves"),
        TOWN: ("Comité des Œuvres Sociales", "Amicale du Personnel", "Caisse des Écoles"),
        HOSPITAL: ("Amicale du Personnel", "Association Culturelle", "Comité des Œuvres Sociales"),
    }.get(firm.category, ("Comité d'Entreprise", "CE", "Amicale du Personnel"))
    body = dice.pick(bodies)
    name = f"{body} {dice.pick([firm.name, firm.name, place.sign or firm.name])}"
    category = WORKS_COUNCIL if body in ("Comité d'Entreprise", "CE") else ASSOCIATION
    trade = _Activity("94.99Z", -9.0, (body,), body, ("association",), ("animateur",))
    latest = CENSUS.toordinal() - 100
    opened = place.opened + dice.below(max(1, latest - place.opened))
    return _Enterprise(name, category, trade, place.commune, size=-9.0, opened=opened)


def _near(dice: Dice, town: int) -> int:
    """Return the town itself or, half the time, another one of its département."""
    return town if dice.chance(0.25) else dice.pick(NEIGHBOURS[COMMUNES[town].department])


def _address(dice: Dice, place: _Establishment) -> None:
    """Draw an address; a town has few streets, and some of them hold most establishments."""
    commune = COMMUNES[place.commune]
    place.postcode = dice.pick(commune.postcodes)
    if place.heads >= 8 and dice.chance(0.45):
        place.street = _ZONE_STREETS[(place.commune + dice.below(2)) % len(_ZONE_STREETS)]
    else:
        rank = min(dice.below(14), dice.below(14))
        place.street = STREETS[(7 * place.commune + 13 * rank) % len(STREETS)]
    if place.street[0] not in ZONES or dice.chance(0.3):
        place.number = str(1 + min(dice.below(60), dice.below(60)))
    if place.heads >= 40 and dice.chance(0.5):
        place.cedex = f"{commune.postcodes[0][:2]}9{dice.below(10)}{1 + dice.below(9)}"


def _sign(dice: Dice, firm: _Enterprise, place: _Establishment) -> None:
    """Put a sign up: the brand of an outlet, or a name of its own."""
    town = COMMUNES[place.commune].name.rstrip("0123456789 ")
    if firm.brand:
        variants = firm.brand.variants
        place.brand = firm.brand.name
        if variants and dice.chance(0.6):
            place.brand += f" {dice.pick(variants)}"
        if dice.chance(0.85):
            tails = ["", "", "", f" {town}", f" {dice.pick(PLACES)}", f" {place.street[1]}"]
            place.sign = place.brand + dice.pick(tails)
        return
    if firm.category in (HOSPITAL, TOWN, SCHOOL, LEGAL_FORMS["SCI"]):
        return
    kind = dice.pick(place.trade.kinds)
    if dice.chance(0.5 if place.trade.code[:2] in ("45", "47", "55", "56", "96") else 0.15):
        place.sign = dice.pick(
            [
                *[f"{kind} {dice.pick(PLACES)}", dice.pick(SYLLABLES) + dice.pick(ENDINGS)],
                *[firm.name, f"{kind} {dice.pick(SURNAMES)}", f"{kind} {dice.pick(NATURE)}"],
            ]
        )
    if dice.chance(0.05):
        place.usual = f"{kind} {dice.pick(PLACES)}"


def _establishment_table(places: list[_Establishment], siret: list[str]) -> pd.DataFrame:
    rows = []
    for number, place in zip(siret, places, strict=True):
        town = COMMUNES[place.commune]
        label = unaccented(town.name)
        stem = label.rstrip("0123456789 ")
        rows.append(
            (
                *(number, number[:9], number[9:], _date(place.opened)),
                "NN" if place.closed else _band(place.heads),
                place.seat,
                *(place.number or None, place.street[0], unaccented(place.street[1])),
                *(place.postcode, label, town.code, place.cedex or None),
                f"{stem} CEDEX" if place.cedex else None,
                _date(place.closed or max(place.opened, _LAST_CHANGE)),
                "F" if place.closed else "A",
                unaccented(place.sign) or None,
                unaccented(place.usual) or None,
                place.trade.code,
                "N" if place.closed or place.heads == 0 else "O",
            )
        )
    frame = pd.DataFrame(rows, columns=_ESTABLISHMENT_COLUMNS)
    return frame.sort_values("siret")


def _enterprise_table(
    firms: list[_Enterprise],
    places: list[_Establishment],
    siren: list[str],
    siret: list[str],
) -> pd.DataFrame:
    heads, seats = [0] * len(firms), [""] * len(firms)
    for number, place in zip(siret, places, strict=True):
        heads[place.firm] += 0 if place.closed else place.heads
        if place.seat:
            seats[place.firm] = number[9:]
    rows = [
        (
            number,
            _registered_name(firm) or None,
            unaccented(firm.usual) or None,
            firm.acronym or None,
            unaccented(firm.surname) or None,
            None,
            firm.category,
            firm.trade.code,
            seat,
            "NN" if firm.closed else _band(count),
            "N" if firm.closed or count == 0 else "O",
            "C" if firm.closed else "A",
            _date(firm.opened),
        )
        for number, firm, seat, count in zip(siren, firms, seats, heads, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=_ENTERPRISE_COLUMNS)
    return frame.sort_values("siren")


def _registered_name(firm: _Enterprise) -> str:
    """Return `denominationUniteLegale`; a sole trader has none."""
    if firm.category == SOLE_TRADER:
        return ""
    name = {"before": f"{firm.form} {firm.name}", "after": f"{firm.name} {firm.form}"}
    return unaccented(name.get(firm.shown, firm.name))


def _date(day: int) -> datetime.datetime:
    return datetime.datetime.fromordinal(day)


def _band(heads: int) -> str:
    """Return SIRENE's band of the number of employees."""
    return _BANDS[bisect_right(_BAND_STARTS, heads) - 1]


class _Register(NamedTuple):
    """What the writers of forms need of a block's register, beside the lists themselves."""

    firms: list[_Enterprise]
    places: list[_Establishment]
    clients: list[list[int]]  # open establishments with employees, by département
    seats: dict[int, int]
    open_places: dict[int, list[int]]  # of each enterprise


def _forms(
    rng: np.random.Generator,
    careful: float,
    firms: list[_Enterprise],
    places: list[_Establishment],
    withheld: list[_Enterprise],
    apart: list[_Establishment],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Have forms written; a job counts once, so large employers come often."""
    dice = Dice(rng, careful)
    clients: list[list[int]] = [[] for _ in DEPARTMENTS]
    seats, open_places = {}, {}
    for i, place in enumerate(places):
        if place.seat:
            seats[place.firm] = i
        if not place.closed:
            open_places.setdefault(place.firm, []).append(i)
            if place.heads >= 4:
                clients[COMMUNES[place.commune].department].append(i)
    register = _Register(firms, places, clients, seats, open_places)

    continued = {place.former for place in places}
    late = [
        i
        for i, place in enumerate(places)
        if place.closed > CENSUS.toordinal() - 92 and place.heads > 0 and i not in continued
    ]
    jobs = np.array([_jobs(firms[place.firm], place) for place in places], dtype=float)
    known = FORMS - sum(NOT_FOUND.values()) - CLOSED_FORMS
    # Systematic draw: kinds of employers, which follow each other, come in their proportions
    steps = (np.arange(known) + rng.random()) / known * jobs.sum()
    home = np.searchsorted(np.cumsum(jobs), steps, side="right").tolist()
    home += rng.choice(late, CLOSED_FORMS).tolist()

    answers = [_employed(dice, register, i) for i in home]
    newcomers = rng.choice(len(apart), NOT_FOUND["too_new"], replace=False).tolist()
    for kind, number in NOT_FOUND.items():
        for n in range(number):
            if kind == "too_new":
                i = newcomers[n]
                answers.append(_newcomer(dice, withheld[i], apart[i]))
            else:
                answers.append(_ELSEWHERE[kind](dice))
    columns = [*_FORM_COLUMNS, "kind", "type", "hard", *PATTERNS]
    frame = pd.DataFrame(answers, columns=columns)
    frame["place"] = home + [-1] * sum(NOT_FOUND.values())
    truth = frame[["kind", "type", "hard", "place", *PATTERNS]].copy()
    return frame[_FORM_COLUMNS].copy(), truth


def _jobs(firm: _Enterprise, place: _Establishment) -> int:
    if place.closed or firm.form == "SCI":
        return 0
    return 2 * place.heads + (firm.category == SOLE_TRADER or place.heads > 0)


def _employed(dice: Dice, register: _Register, i: int) -> tuple:
    """Write the form of somebody whose employer is establishment `i` of the register."""
    firms, places = register.firms, register.places
    place = places[i]
    firm = firms[place.firm]
    named, site, trade = place, place, place.trade
    kind, beside, temporary = None, "", False
    several = len(register.open_places.get(place.firm, ())) > 1
    if firm.trade.code == AGENCY_CODE and dice.chance(0.85):
        temporary = True
        client = places[dice.pick(register.clients[COMMUNES[place.commune].department])]
        trade = client.trade
        if dice.chance(0.4):
            kind, named, site = "client_named", client, client
        else:
            kind = "agency_named"
            site = client if dice.chance(0.5) else place
    elif place.closed:
        kind = "closed"
    elif place.former >= 0 and dice.chance(0.6):
        old = places[place.former]
        before = firms[old.firm]
        if old.firm == place.firm:
            kind, site = "former_address", old
        elif before.name != firm.name:
            kind, named = "former_name", old
    elif place.trade.code in AT_CLIENTS and dice.chance(0.25):
        kind = "works_at_client"
        site = places[dice.pick(register.clients[COMMUNES[place.commune].department])]
        if dice.chance(0.3):
            beside = f"chez {_said(dice, firms[site.firm], site)}"
    elif several and not place.seat and dice.chance(0.04):
        kind, site = "head_office_address", places[register.seats[place.firm]]
    status = "12" if temporary else _status(dice, firm, place)

    marks: set[str] = set()
    form = _written(dice, firms[named.firm], named, site, place, trade, status, beside, marks)
    if several and _is_ambiguous(register, place, site, form):
        marks.add("ambiguous_establishment")
    return _finished(form, kind, _is_hard(firm, place, form), marks)


def _finished(form: dict[str, str], kind: str | None, hard: bool, marks: set[str]) -> tuple:
    values = (form[name] or None for name in _FORM_COLUMNS[1:])
    what = None if kind is None else ("error" if kind in MISLEADING else "legitimate")
    return (None, *values, what, kind, hard, *(name in marks for name in PATTERNS))


def _status(dice: Dice, firm: _Enterprise, place: _Establishment) -> str:
    if firm.category == SOLE_TRADER and dice.below(place.heads + 1) == 0:
        return "22" if place.heads else "21"
    return dice.weighted({"16": 80, "15": 12, "11": 4, "14": 1, "": 3})


def _is_ambiguous(
    register: _Register, place: _Establishment, site: _Establishment, form: dict[str, str]
) -> bool:
    """Tell whether the form leaves open which establishment of its employer is meant."""
    if place.sign and cleaned(form["rs_x"]) == cleaned(place.sign):
        return False
    others = [register.places[j] for j in register.open_places[place.firm]]
    if form["clt_x"] and site is place:
        others = [one for one in others if one.commune == place.commune]
        if form["nomvoi_x"]:
            others = [one for one in others if one.street == place.street]
            if form["numvoi_x"]:
                others = [one for one in others if one.number == place.number]
    return len(others) > 1 and not (site is not place and form["nomvoi_x"])


def _is_hard(firm: _Enterprise, place: _Establishment, form: dict[str, str]) -> bool:
    """Tell whether words do not lead from the name box to the unit, or the place is not its own."""
    written = set(cleaned(form["rs_x"]).split())
    names = (_registered_name(firm), firm.usual, firm.acronym, firm.surname, place.sign)
    words = [set(cleaned(name).split()) for name in (*names, place.usual) if name]
    near = any(one and 2 * len(one & written) >= len(one) for one in words)
    town = _town_key(COMMUNES[place.commune].name)
    there = form["cpost_x"] == place.postcode or _town_key(form["clt_x"]) == town
    return not (near and there)


def _said(dice: Dice, firm: _Enterprise, place: _Establishment) -> str:
    """Return a name that people use for an establishment."""
    if place.sign and firm.everyday and dice.chance(0.9):
        return place.sign  # a school or a nursery has a name of its own
    names = [name for name in (place.brand, place.sign, firm.usual) if name]
    return dice.pick([*names, *firm.everyday] or [firm.name])


def _name(dice: Dice, firm: _Enterprise, place: _Establishment, marks: set[str]) -> str:
    """Choose the name that is written, as it is known, before any slip."""
    everyday = place.brand or place.sign or place.usual or firm.usual or firm.everyday
    odds = 0.35
    if place.brand or (firm.outlets and place.sign):
        odds = 0.75
    if everyday and dice.chance(odds):
        name = _said(dice, firm, place)
        if cleaned(name) != cleaned(firm.name):
            marks.add("brand_for_name")
    elif firm.acronym and dice.chance(0.5):
        name = firm.acronym
        marks.add("acronym")
    elif firm.full and dice.chance(0.5):
        name = firm.full
        marks.add("expansion")
    else:
        name = _with_form(dice, firm, marks)
    if dice.chance(0.2 if place.brand else 0.05):
        kind = dice.pick(place.trade.kinds) if not firm.brand else firm.brand.outlet
        town = COMMUNES[place.commune].name.rstrip("0123456789 ")
        name = dice.pick([f"{kind} {name}", f"{name} {town}", f"{kind} {name} {town}"])
        marks.add("brand_type_place")
    return name


def _with_form(dice: Dice, firm: _Enterprise, marks: set[str]) -> str:
    if firm.shown and dice.chance(0.7):
        marks.add("legal_form_changed")
        return firm.name
    form = firm.form if firm.shown else ""
    if firm.form and not firm.shown and dice.chance(0.15):
        marks.add("legal_form_changed")
        form = firm.form if dice.chance(0.75) else dice.pick(("SARL", "SA", "SAS"))
    if not form:
        return firm.name
    return f"{form} {firm.name}" if dice.chance(0.6) else f"{firm.name} {form}"


def _slipped(dice: Dice, name: str, haste: float, marks: set[str]) -> str:
    """Return the name as a hurried pen leaves it."""

    def changed(new: list[str], mark: str) -> list[str]:
        if cleaned(" ".join(new)) == cleaned(" ".join(words)):
            return words
        marks.add(mark)
        return new

    words = name.split()
    before = words[:1] if words[0] in LEGAL_FORMS else []
    after = words[-1:] if words[-1] in LEGAL_FORMS and len(words) > 1 else []
    words = words[len(before) : len(words) - len(after)]
    if dice.chance(0.15 * haste):
        words = changed(_abbreviated(dice, words), "abbreviation")
    if len(words) > 2 and dice.chance(0.06 * haste):
        out = dice.below(len(words))
        words = changed([word for i, word in enumerate(words) if i != out], "words_dropped")
    if len(words) > 1 and dice.chance(0.03 * haste):
        i = dice.below(len(words) - 1)
        swapped = [*words[:i], words[i + 1], words[i], *words[i + 2 :]]
        words = changed(swapped, "words_swapped")
    if dice.chance(0.17 * haste):
        words = changed(_respaced(dice, words), "words_split_or_joined")
    if dice.chance(0.3 * haste):
        words = changed(_each(dice, words, misspelt), "misspelling")
    if dice.chance(0.2 * haste):
        words = changed(_each(dice, words, _by_ear), "phonetic")
    text = " ".join([*before, *words, *after])
    length = 6 + dice.below(9)
    if len(text) > length + 3 and dice.chance(0.04 * haste):
        marks.add("truncated")
        text = text[:length].strip()
    return text


def _respaced(dice: Dice, words: list[str]) -> list[str]:
    """Part the longest word in two, or join two words."""
    if len(words) > 1 and dice.chance(0.3):
        i = dice.below(len(words) - 1)
        return [*words[:i], words[i] + words[i + 1], *words[i + 2 :]]
    i = max(range(len(words)), key=lambda j: len(words[j]))
    if len(words[i]) < 6:
        return words
    cut = 3 + dice.below(len(words[i]) - 5)
    return [*words[:i], words[i][:cut], words[i][cut:], *words[i + 1 :]]


def _abbreviated(dice: Dice, words: list[str]) -> list[str]:
    return [
        _SHORT.get(word.lower(), _LONG.get(word.lower(), word)) if dice.chance(0.7) else word
        for word in words
    ]


def _each(dice: Dice, words: list[str], slip) -> list[str]:
    """Put a slip into most of the longer words."""
    return [slip(dice, word) if len(word) > 3 and dice.chance(0.9) else word for word in words]


def misspelt(dice: Dice, word: str) -> str:
    """Return a word of four letters or more with a slip of the fingers."""
    i = 1 + dice.below(len(word) - 2)
    how = dice.below(4)
    if how == 0:
        return word[:i] + word[i + 1 :]
    if how == 1:
        return word[:i] + word[i] + word[i:]
    if how == 2:
        return word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    return word[:i] + KEYBOARD.get(word[i], "e") + word[i + 1 :]


def _by_ear(dice: Dice, word: str) -> str:
    rest = word[1:]
    heard = [(sound, spelt) for sound, spelt in SOUNDS if sound in rest][:3]
    if not heard:
        return word
    sound, spelt = dice.pick(heard)
    return word[0] + rest.replace(sound, spelt, 1)


def _written(
    dice: Dice,
    firm: _Enterprise,
    named: _Establishment,
    site: _Establishment,
    place: _Establishment,
    trade: _Activity,
    status: str,
    beside: str,
    marks: set[str],
) -> dict[str, str]:
    """Fill in a form, with a name, a place and a hand of its own.

    Parameters
    ----------
    firm, named
        Enterprise and establishment whose name is written.
    site
        Establishment whose address is written.
    place
        Establishment near which the writer lives.
    trade
        The activity and occupations that are written.
    status
        Code of `empl`.
    beside
        What the complement of the address says.
    marks
        Receives the names of the patterns applied.
    """
    town = COMMUNES[site.commune]
    form = dict.fromkeys(_FORM_COLUMNS, "")
    form["empl"], form["cpladr_x"] = status, beside
    # Slips go together: who misspells the name has little care for the address either
    haste = 0.15 if dice.chance(dice.careful) else 2.0
    name = _slipped(dice, _name(dice, firm, named, marks), haste, marks)
    activity, job = dice.pick(trade.texts), dice.pick(trade.jobs)
    if dice.chance(0.10 * haste):
        activity = " ".join(_each(dice, activity.split(), misspelt))

    number, kind, street = "", "", ""
    if not dice.chance(0.10 + 0.22 * haste):
        number = "" if dice.chance(0.45 * haste) else site.number
        kind, street = dice.pick(STREET_WORDS[site.street[0]]), site.street[1]
        if dice.chance(0.4 * haste):
            street = " ".join(_each(dice, street.split(), dice.pick([misspelt, _by_ear])))
            if unaccented(street) != unaccented(site.street[1]):
                marks.add("address_misspelt")
        if dice.chance(0.3):
            street = " ".join(_abbreviated(dice, street.split()))

    # Where one lives: in the same town, or elsewhere in the département, or further
    home = place.commune
    if dice.chance(0.55):
        home = dice.pick(NEIGHBOURS[COMMUNES[home].department])
    elif dice.chance(0.08):
        home = dice.below(len(COMMUNES))
    form["depcom_code"] = COMMUNES[home].code
    postcode, label, cedex = site.postcode, town, False
    told = not dice.chance(0.15 * haste)  # the postcode
    if home != site.commune and dice.chance(0.07 * haste):
        marks.add("residence_commune")
        label = COMMUNES[home]
        postcode = dice.pick(label.postcodes)
    elif site.cedex and dice.chance(0.25):
        marks.add("cedex")
        postcode, cedex = site.cedex, True
    elif told and dice.chance(0.06 * haste):
        near = COMMUNES[dice.pick(NEIGHBOURS[town.department])]
        postcode = dice.pick([*town.postcodes, *near.postcodes])
        if postcode != site.postcode:
            marks.add("neighbouring_postcode")
    postcode = postcode if told else ""
    place = _town(dice, label, cedex, haste)
    if told and dice.chance(0.03 * haste):
        place = ""

    box = dice.weighted(_BOX_ODDS) if haste > 1 else "right"
    if box == "name_in_address_box":
        form["cpladr_x"], name = name, dice.pick(["", activity])
    elif box == "address_in_name_box":
        name = " ".join(filter(None, [name, number, kind, street or place]))
        number, kind, street = "", "", ""
    elif box == "activity_for_name":
        name = dice.pick(trade.texts)
    elif box == "vague_name":
        name = dice.pick(VAGUE)
    elif box == "blank":
        name = ""
    if box in ("activity_for_name", "vague_name", "blank"):
        marks -= NAME_PATTERNS  # they are not to be seen
    if box in PATTERNS:
        marks.add(box)
    if dice.chance(0.05 * haste):
        marks.add("occupation_in_wrong_box")
        activity, job = job, dice.pick([job, ""])
    elif dice.chance(0.06 * haste):
        activity = ""

    form |= {"rs_x": name, "numvoi_x": number, "typevoi_x": kind, "nomvoi_x": street}
    form |= {"cpost_x": postcode, "clt_x": place, "actet_x": activity}
    form["profi_x" if status in ("21", "22") else "profs_x"] = job
    if not all(form[box] for box in ("rs_x", "nomvoi_x", "clt_x", "actet_x")):
        marks.add("blank_fields")
    return _by_hand(dice, form, marks)


def _by_hand(dice: Dice, form: dict[str, str], marks: set[str]) -> dict[str, str]:
    """Write all boxes in one hand: capitals, small letters or both, with accents or without."""
    hand = dice.weighted({"capitals": 38, "small": 34, "both": 28})
    accents = dice.chance(0.2 if hand == "capitals" else 0.65)
    for box in _FREE_TEXT:
        text = form[box]
        if hand == "capitals":
            text = text.upper()
        elif hand == "small":
            text = text.lower()
        form[box] = text if accents else text.replace("œ", "oe").translate(_ACCENTS)
    if not form["rs_x"].isascii():
        marks.add("accents")
    return form


def _town(dice: Dice, commune: _Commune, cedex: bool, haste: float) -> str:
    name = commune.name
    stem = name.rstrip("0123456789 ")
    if stem != name:
        rank = name[len(stem) + 1 :]
        name = dice.pick([stem, stem, name, f"{stem} {rank}e", f"{stem} {rank}ème"])
    if cedex:
        name = f"{stem} cedex"
    if name.startswith(("Saint-", "Sainte-")) and dice.chance(0.4):
        name = name.replace("Sainte-", "Ste ").replace("Saint-", "St ")
    if "-" in name and dice.chance(0.5):
        name = name.replace("-", " ")
    return misspelt(dice, name) if dice.chance(0.1 * haste) else name


def _newcomer(dice: Dice, firm: _Enterprise, place: _Establishment) -> tuple:
    """Write the form of somebody whose employer the register does not know yet."""
    marks: set[str] = set()
    status = _status(dice, firm, place)
    form = _written(dice, firm, place, place, place, place.trade, status, "", marks)
    return _finished(form, "too_new", False, marks)


def _cross_border(dice: Dice) -> tuple:
    department = dice.pick([i for i, one in enumerate(DEPARTMENTS) if one.country])
    trade = dice.pick(ACTIVITIES)
    form = dict.fromkeys(_FORM_COLUMNS, "")
    coined = dice.pick(SYLLABLES) + dice.pick(ENDINGS)
    form["rs_x"] = dice.pick(
        [f"{coined} {dice.pick(ABROAD)}", f"{dice.pick(SURNAMES)} {dice.pick(ABROAD)}", coined]
    )
    form["depcom_code"] = COMMUNES[dice.pick(NEIGHBOURS[department])].code
    form["clt_x"] = dice.pick(DEPARTMENTS[department].abroad)
    form["plt_x"] = DEPARTMENTS[department].country if dice.chance(0.65) else ""
    form["empl"] = dice.weighted({"16": 85, "15": 12, "": 3})
    form["actet_x"], form["profs_x"] = dice.pick(trade.texts), dice.pick(trade.jobs)
    marks = {"blank_fields"}
    return _finished(_by_hand(dice, form, marks), "cross_border", False, marks)


def _at_home(dice: Dice, form: dict[str, str]) -> None:
    home = COMMUNES[dice.below(len(COMMUNES))]
    form["depcom_code"] = home.code
    if dice.chance(0.7):
        form["cpost_x"], form["clt_x"] = dice.pick(home.postcodes), _town(dice, home, False, 1.0)
    if dice.chance(0.35):
        kind, form["nomvoi_x"] = dice.pick(STREETS)
        form["typevoi_x"] = dice.pick(STREET_WORDS[kind])
        form["numvoi_x"] = str(1 + dice.below(90))


def _household(dice: Dice) -> tuple:
    form = dict.fromkeys(_FORM_COLUMNS, "")
    _at_home(dice, form)
    form["rs_x"] = dice.pick(HOUSEHOLDS)
    form["actet_x"], form["profs_x"] = dice.pick(HOUSEHOLD_WORK)
    form["empl"] = dice.weighted({"16": 60, "15": 30, "": 10})
    marks = set() if form["nomvoi_x"] and form["clt_x"] else {"blank_fields"}
    return _finished(_by_hand(dice, form, marks), "private_household", False, marks)


def _not_registered(dice: Dice) -> tuple:
    trade = dice.pick(ACTIVITIES)
    form = dict.fromkeys(_FORM_COLUMNS, "")
    _at_home(dice, form)
    own = f"{dice.pick(SURNAMES)} {dice.pick(trade.kinds)}"
    form["rs_x"] = dice.pick([*ON_ONE_S_OWN, own, own, own])
    form["actet_x"], form["profi_x"] = dice.pick(trade.texts), dice.pick(trade.jobs)
    form["empl"] = "21"
    marks = set() if form["nomvoi_x"] and form["clt_x"] else {"blank_fields"}
    return _finished(_by_hand(dice, form, marks), "not_registered", False, marks)


_ELSEWHERE = {
    "cross_border": _cross_border,
    "private_household": _household,
    "not_registered": _not_registered,
}


def exact_join(
    forms: pd.DataFrame, establishments: pd.DataFrame, enterprises: pd.DataFrame
) -> pd.Series:
    """Match forms with establishments by equal cleaned names in the same place.

    A name is any of the register's: legal, usual, acronym, surname, sign. A place is the postcode;
    where no such name stands under the form's postcode, the cleaned name of the commune. A form
    that fits several establishments gets none.

    Returns
    -------
    Series
        SIRET by form, missing where there is none; index as `forms`.
    """
    names = register_names(_active(establishments), enterprises)
    clean = {text: cleaned(text) for text in names["name"].unique()}
    names["name"] = names["name"].map(clean)
    names = names[names["name"] != ""].drop_duplicates(["siret", "name"])
    written = forms["rs_x"].fillna("").map(cleaned)
    found = pd.Series(None, index=forms.index, dtype=object)
    for theirs, ours in (
        ("codePostalEtablissement", forms["cpost_x"].fillna("")),
        ("libelleCommuneEtablissement", forms["clt_x"].fillna("").map(_town_key)),
    ):
        place = names[theirs] if theirs.startswith("code") else names[theirs].map(_town_key)
        hits = names["siret"].groupby([names["name"], place]).agg(["nunique", "first"])
        keys = pd.MultiIndex.from_arrays([written, ours])
        hit = hits.reindex(keys)
        alone = (hit["nunique"] == 1).to_numpy()
        several = (hit["nunique"] > 1).to_numpy()
        undecided = found.isna().to_numpy()
        found[undecided & alone] = hit["first"].to_numpy()[undecided & alone]
        found[undecided & several] = ""
    return found.replace("", None)


def _town_key(name: str) -> str:
    return cleaned(name).removesuffix(" CEDEX")


def _active(establishments: pd.DataFrame) -> pd.DataFrame:
    return establishments[establishments["etatAdministratifEtablissement"] == "A"]


def register_names(establishments: pd.DataFrame, enterprises: pd.DataFrame) -> pd.DataFrame:
    """Return one row an establishment and name it goes by, with where it is.

    Columns: `siret`, `name`, `codePostalEtablissement`, `libelleCommuneEtablissement`.
    """
    units = establishments.merge(enterprises, on="siren", validate="many_to_one")
    parts = [
        units[["siret", "codePostalEtablissement", "libelleCommuneEtablissement"]].assign(
            name=units[column]
        )
        for column in NAME_COLUMNS
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset="name")


def token_match(
    forms: pd.DataFrame,
    establishments: pd.DataFrame,
    enterprises: pd.DataFrame,
    *,
    everything: bool = False,
) -> pd.Series:
    """Match each form with the establishment whose words resemble its own most.

    Words weigh by their rarity in the register (tf-idf), resemblance is the cosine; no blocking,
    nothing learnt. Words are those of names and commune or, with `everything`, of street, number
    and postcode too. Among equals the first SIRET wins.

    Returns
    -------
    Series
        SIRET by form, missing where no word is shared; index as `forms`.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # slow to import, seldom needed

    units = _active(establishments).merge(enterprises, on="siren", validate="many_to_one")
    place = ["libelleCommuneEtablissement"]
    asked = ["rs_x", "clt_x"]
    if everything:
        place += ["numeroVoieEtablissement", "libelleVoieEtablissement", "codePostalEtablissement"]
        asked += ["numvoi_x", "nomvoi_x", "cpladr_x", "cpost_x"]

    def texts(frame: pd.DataFrame, columns: list[str]) -> list[str]:
        joined = frame[columns].fillna("").agg(" ".join, axis=1)
        return [cleaned(text) for text in joined]

    vectorizer = TfidfVectorizer(lowercase=False, token_pattern=r"\S+")
    register = vectorizer.fit_transform(texts(units, [*NAME_COLUMNS, *place])).T.tocsr()
    written = vectorizer.transform(texts(forms, asked))
    sirets, best = units["siret"].tolist(), []
    for start in range(0, len(forms), 500):
        cosines = (written[start : start + 500] @ register).tocsr()
        cosines.sort_indices()
        cosines.data = cosines.data.round(9)  # ties stay ties on every processor
        for one, following in itertools.pairwise(cosines.indptr.tolist()):
            row = cosines.data[one:following]
            best.append(sirets[cosines.indices[one + row.argmax()]] if len(row) else None)
    return pd.Series(best, index=forms.index, dtype=object)


def measure_margins(twin: Block) -> dict[str, float]:
    """Return the exact join's share of all forms with the right SIRET, in percent."""
    return {"exact join": 100 * measure_exact(twin)["exact_right"]}


def measure_exact(twin: Block) -> dict[str, float]:
    """Return the share of forms that the exact join gets right, and right among those joined."""
    found = exact_join(*(twin.tables[name] for name in ("forms", "establishments", "enterprises")))
    right = _right(twin, found)
    return {
        "exact_right": float(right.mean()),
        "exact_precision": float(right[found.notna()].mean()),
    }


def _right(twin: Block, found: pd.Series) -> pd.Series:
    truth = twin.truth["forms"].set_index("cabbi")["siret"]
    true = twin.tables["forms"]["cabbi"].map(truth)
    return (found.fillna("").to_numpy() == true.fillna("none").to_numpy()) & found.notna()


def measure_difficulty(twin: Block) -> dict[str, float]:
    """Return how hard forms are to match.

    Returns
    -------
    dict
        `no_match_share` of forms whose employer is not in the register; `hard_share` of the other
        forms; `exact_right` and `exact_precision` of the exact join, the first among all forms;
        `token_right` and `token_all_right`, forms that word matching gets right (see
        `token_match`); `token_siren_right`, forms for which the first finds the right enterprise.
    """
    tables = [twin.tables[name] for name in ("forms", "establishments", "enterprises")]
    truth = twin.truth["forms"].set_index("cabbi").loc[twin.tables["forms"]["cabbi"]]
    matchable = truth["siret"].notna()
    word = token_match(*tables)
    everything = token_match(*tables, everything=True)
    siren = truth["siren"].fillna("none").to_numpy() == word.fillna("").str[:9].to_numpy()
    return {
        "no_match_share": float(1 - matchable.mean()),
        "hard_share": float(truth.loc[matchable, "hard"].mean()),
        **measure_exact(twin),
        "token_right": float(_right(twin, word).mean()),
        "token_all_right": float(_right(twin, everything).mean()),
        "token_siren_right": float(siren.mean()),
    }
